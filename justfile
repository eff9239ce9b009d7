# The commands of everyday work; `just` lists them. CI runs `.ci/run`.

_default:
    @just --list

# Run the tests
test *args:
    cargo test {{args}}

# Check the format and the lints, also of the library alone
lint:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo clippy -p adaptive-pool --all-targets -- -D warnings

# Build the documentation of the workspace; a warning is an error
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Generate the man page, the completions and the tables of docs/options.md
generated:
    UPDATE=1 cargo test --test it generated

# Measure: vs (against other tools), pool, spawn, sense
bench what="vs" *args:
    cargo bench --bench {{what}} -- {{args}}

# Run the policies against simulated plants
simulate *args:
    cargo run --release --example simulate -- {{args}}

# Feed, interrupt, kill and resume runs for a while, and account for every job
soak minutes="10" seed="1":
    cargo build --release
    cargo run --release --example soak -- --minutes {{minutes}} --seed {{seed}}

# Everything that CI runs
ci:
    bash .ci/run
