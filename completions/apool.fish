# Completions of apool for fish, made from the definition of its options.

set -g __apool_takes_value -c --command --shell -I --rpl --workdir --wd --process-slot-var -a --arg-file -d --delimiter -C --colsep --header --trim -E --eof -n --max-args -N --max-replace-args -L --max-lines -s --max-chars --skip --head --seed --order --priority --block --recstart --recend --tagstring --color --tmpdir --retries --retry-delay --retry-on --backoff-on --timeout --termseq --term-seq --halt --joblog --results --res --results-layout --metrics-json --metrics-interval --trace --junit --prometheus --run-name --decision-log -j --jobs --policy --profile --min-workers --max-workers --hard-limit --initial-workers --memory-threshold --load --memfree --delay --rate --nice --memsuspend --limit --ionice --affinity --env --interval --cooldown --soft-limit --scale-up-threshold --scale-down-threshold --load-threshold --cpu-threshold --cpu-low-threshold --memory-low-threshold --queue-low-threshold --queue-moderate-threshold --queue-high-threshold --queue-threshold --lag-threshold --step-up --step-up-moderate --step-down --increase-step --decrease-factor --step-ratio --dead-band --smoothing --trend-window --blind-limit --start-workers --blind-workers --memory-reserve --memory-brake --backoff --min-completions --as --completions

complete -c apool -n __apool_in_options -s c -l command -d 'Run STRING with a shell for each record' -x
complete -c apool -n __apool_in_options -l shell -d 'Use SHELL for -c and for records that are commands; SHELL may have options' -x
complete -c apool -n __apool_in_options -s I -d 'Use STR as the placeholder instead of {} and <>' -x
complete -c apool -n __apool_in_options -l replace -d 'Same as -I STR; STR is {} by default'
complete -c apool -n __apool_in_options -l rpl -d 'Define a placeholder: a tag, a blank and s/FROM/TO/FLAGS' -x
complete -c apool -n __apool_in_options -l plus -d 'Enable the placeholders of GNU parallel\'s --plus' -f
complete -c apool -n __apool_in_options -s q -l quote -d 'Run the command without a shell, even if it is one word with blanks' -f
complete -c apool -n __apool_in_options -s v -d 'Print each command on standard output before the output of the job' -f
complete -c apool -n __apool_in_options -s p -l interactive -d 'Ask on the terminal before each command; it runs if the answer starts with y' -f
complete -c apool -n __apool_in_options -s o -l tty -d 'Give the terminal to each job as its standard input; one job runs at a time' -f
complete -c apool -n __apool_in_options -l workdir -l wd -d 'Run the jobs in DIR; DIR may contain placeholders' -x -a '(__fish_complete_directories)'
complete -c apool -n __apool_in_options -l process-slot-var -d 'Set the environment variable VAR of each job to its slot, counted from 0' -x
complete -c apool -n __apool_in_options -s a -l arg-file -d 'Read records from FILE (- for standard input)' -r -F
complete -c apool -n __apool_in_options -s 0 -l null -d 'Records end in NUL, as in the output of find -print0' -f
complete -c apool -n __apool_in_options -s d -l delimiter -d 'Records end in DELIM, such as \\t, \\0 or \\x1e (default newline)' -x
complete -c apool -n __apool_in_options -s C -l colsep -d 'Split each record at REGEX into the columns {1}, {2}, ...' -x
complete -c apool -n __apool_in_options -l csv -d 'Read records as CSV: quoted fields may contain commas and newlines' -f
complete -c apool -n __apool_in_options -l header -d 'Use the first record as column names, with --header : and {name} in the command' -x -a ':'
complete -c apool -n __apool_in_options -l trim -d 'Trim white space from values: n (none), l (left), r (right) or lr (both)' -x -a 'n l r lr rl'
complete -c apool -n __apool_in_options -s E -l eof -d 'Stop reading at a record that equals STR' -x
complete -c apool -n __apool_in_options -s r -l no-run-if-empty -d 'Skip empty records' -f
complete -c apool -n __apool_in_options -s n -l max-args -d 'Put up to N records into one job; 0 is the same as -N 0' -x
complete -c apool -n __apool_in_options -s N -l max-replace-args -d 'Put N records into one job, as {1} to {N}' -x
complete -c apool -n __apool_in_options -s L -l max-lines -d 'Put up to N lines into one job' -x
complete -c apool -n __apool_in_options -s X -d 'Put as many records into one job as fit on a command line' -f
complete -c apool -n __apool_in_options -s m -l many -d 'Like -X, but put all records into one word: x{}y becomes \'xa by\'' -f
complete -c apool -n __apool_in_options -l xargs -d 'Like -m, but do not divide the last records among the free workers' -f
complete -c apool -n __apool_in_options -s s -l max-chars -d 'Limit a command line to BYTES' -x
complete -c apool -n __apool_in_options -s x -l exit -d 'Stop with an error if a command line is longer than the limit' -f
complete -c apool -n __apool_in_options -l xargs-quotes -d 'Split records like xargs: at blanks and newlines, with quotes and backslashes' -f
complete -c apool -n __apool_in_options -l link -d 'Pair the values of several sources instead of combining them' -f
complete -c apool -n __apool_in_options -l skip -d 'Skip the first N records' -x
complete -c apool -n __apool_in_options -l head -d 'Stop after N records' -x
complete -c apool -n __apool_in_options -l shuf -d 'Run the jobs in random order; all input is read first' -f
complete -c apool -n __apool_in_options -l seed -d 'Set the seed of --shuf: the same N gives the same order' -x
complete -c apool -n __apool_in_options -l order -d 'Start jobs in this order: fifo (default), lifo, random, size or history' -x -a 'fifo lifo random size history'
complete -c apool -n __apool_in_options -l priority -d 'Start the jobs with the lowest number in COLUMN first' -x
complete -c apool -n __apool_in_options -l pipe -d 'Give each job a block of the input on its standard input' -f
complete -c apool -n __apool_in_options -l pipe-part -d 'Like --pipe, but read the file of -a only where blocks begin and end' -f
complete -c apool -n __apool_in_options -l block -d 'Set the size of a block (default 1M); with --pipe-part, -N makes N blocks for each worker' -x
complete -c apool -n __apool_in_options -l recstart -d 'Records start with STR' -x
complete -c apool -n __apool_in_options -l recend -d 'Records end with STR (default newline)' -x
complete -c apool -n __apool_in_options -l round-robin -d 'Start one job for each worker, and give each block to a job that has room' -f
complete -c apool -n __apool_in_options -l cat -d 'Give each job its block in a file; {} is the name of the file' -f
complete -c apool -n __apool_in_options -l fifo -d 'Give each job its block through a named pipe; {} is the name of the pipe' -f
complete -c apool -n __apool_in_options -s k -l keep-order -d 'Print outputs in the order of the input' -f
complete -c apool -n __apool_in_options -l line-buffer -l lb -d 'Print lines as they arrive; lines of several jobs alternate' -f
complete -c apool -n __apool_in_options -s u -l ungroup -d 'Let jobs write to the output directly; their bytes may mix' -f
complete -c apool -n __apool_in_options -l group -d 'Print the output of a job when it ends: its stdout, then its stderr (default)' -f
complete -c apool -n __apool_in_options -l tag -d 'Start each line of output with the record and a tab' -f
complete -c apool -n __apool_in_options -l tagstring -d 'Start each line of output with T and a tab; T may contain placeholders and \\t' -x
complete -c apool -n __apool_in_options -l dry-run -d 'Print the commands, quoted for a shell, but do not run them' -f
complete -c apool -n __apool_in_options -l shellquote -d 'Print each command in quotes, as one word of a shell, but do not run it' -f
complete -c apool -n __apool_in_options -s t -l verbose -d 'Print each command on standard error before it runs' -f
complete -c apool -n __apool_in_options -l color -d 'Use colour in the live view: auto (default), always or never' -x -a 'auto always never'
complete -c apool -n __apool_in_options -l progress -d 'Show progress on standard error: auto, bar, plain, json or none'
complete -c apool -n '__apool_in_options; and string match -q -- "--progress=*" (commandline -ct)' -f -a '--progress=auto --progress=bar --progress=plain --progress=json --progress=none'
complete -c apool -n __apool_in_options -l bar -d 'Same as --progress=bar' -f
complete -c apool -n __apool_in_options -l eta -d 'Same as --progress=bar' -f
complete -c apool -n __apool_in_options -l summary -d 'Print a line about the run at its end, also when every job succeeded' -f
complete -c apool -n __apool_in_options -l explain -d 'Explain the number of workers at the end of the run' -f
complete -c apool -n __apool_in_options -l tmpdir -d 'Keep outputs that are too large for memory in DIR (default $TMPDIR, else /tmp)' -x -a '(__fish_complete_directories)'
complete -c apool -n __apool_in_options -l retries -d 'Run a failing job up to N times (default 1; 0: until it succeeds)' -x
complete -c apool -n __apool_in_options -l retry-delay -d 'Wait up to DURATION before the second attempt (default 0)' -x
complete -c apool -n __apool_in_options -l retry-on -d 'Retry only after these results, such as 75,100-110,signal,timeout (default any)' -x
complete -c apool -n __apool_in_options -l backoff-on -d 'Treat these results as a sign that too many jobs run, such as 75' -x
complete -c apool -n __apool_in_options -l timeout -d 'End a job after DURATION, or after N% of the median run time' -x
complete -c apool -n __apool_in_options -l termseq -l term-seq -d 'Set the signals that end a job, and the milliseconds between them' -x
complete -c apool -n __apool_in_options -l halt -d 'Set when to stop: never (default), now,fail=1, soon,fail=10%, ...' -x -a 'never now,fail=1 soon,fail=1 now,fail=10% soon,fail=10% now,success=1 soon,success=1 now,done=1 soon,done=1'
complete -c apool -n __apool_in_options -l joblog -d 'Write a line for each job that ended, in the columns of GNU parallel' -r -F
complete -c apool -n __apool_in_options -l resume -d 'Skip the jobs that are in the joblog, whether they failed or not' -f
complete -c apool -n __apool_in_options -l resume-failed -d 'Like --resume, but run the failed jobs again' -f
complete -c apool -n __apool_in_options -l retry-failed -d 'Run the failed jobs of the joblog again, without reading the input' -f
complete -c apool -n __apool_in_options -l results -l res -d 'Keep the output of each job in files below DIR, or in a table: FILE.csv, FILE.tsv, FILE.jsonl' -x -a '(__fish_complete_directories)'
complete -c apool -n __apool_in_options -l results-layout -d 'Set the layout of --results: tree (default), or flat for SEQ.out, SEQ.err and SEQ.json' -x -a 'tree flat'
complete -c apool -n __apool_in_options -l files -l output-as-files -d 'Print the name of the file with the output of a job instead of the output' -f
complete -c apool -n __apool_in_options -l metrics-json -d 'Write the metrics of the run as one JSON object (- for stdout)' -r -F
complete -c apool -n __apool_in_options -l metrics-interval -d 'During the run, add a line of JSON to the metrics every DURATION' -x
complete -c apool -n __apool_in_options -l trace -d 'Write the run as a trace for Perfetto (ui.perfetto.dev) or speedscope' -r -F
complete -c apool -n __apool_in_options -l junit -d 'Write a test report for CI systems: a JUnit test case for each job' -r -F
complete -c apool -n __apool_in_options -l prometheus -d 'Show counters of the run to Prometheus, in a file for node_exporter or on a page' -x
complete -c apool -n __apool_in_options -l run-name -d 'Set the label of the run in --prometheus, instead of the name of the file' -x
complete -c apool -n __apool_in_options -l decision-log -d 'Write each decision on the number of workers as a line of JSON' -r -F
complete -c apool -n __apool_in_options -s j -l jobs -d 'Run N jobs at once: a number, N% of the cores, or 0 for as many as possible' -x
complete -c apool -n __apool_in_options -l policy -d 'Set how the number of jobs is found (default auto)' -x -a 'auto fixed conservative balanced aggressive threshold aimd predictive'
complete -c apool -n __apool_in_options -l profile -d 'Set the bounds for a kind of job: cpu, io, mixed or memory' -x -a 'cpu io mixed memory'
complete -c apool -n __apool_in_options -l min-workers -d 'Never lower the limit below N' -x
complete -c apool -n __apool_in_options -l max-workers -l hard-limit -d 'Never run more than N jobs at once' -x
complete -c apool -n __apool_in_options -l initial-workers -d 'Start with a limit of N jobs at once' -x
complete -c apool -n __apool_in_options -l memory-threshold -d 'Start no job while this share of the memory is in use, such as 0.9 or 90%' -x
complete -c apool -n __apool_in_options -l load -d 'Start no job while N threads are running or runnable (N, N%, +N, -N)' -x
complete -c apool -n __apool_in_options -l memfree -d 'Start no job while less than SIZE of memory is free' -x
complete -c apool -n __apool_in_options -l noswap -d 'Start no job while the machine swaps both in and out' -f
complete -c apool -n __apool_in_options -l delay -d 'Wait at least DURATION between two starts' -x
complete -c apool -n __apool_in_options -l rate -d 'Start at most N jobs per second; N/m is per minute, N/h per hour' -x
complete -c apool -n __apool_in_options -l nice -d 'Run the jobs with niceness N, from -20 to 19 (default that of apool)' -x
complete -c apool -n __apool_in_options -l memsuspend -d 'Suspend the youngest jobs (SIGSTOP) while less than SIZE of memory is free' -x
complete -c apool -n __apool_in_options -l limit -d 'Start jobs only while the command CMD exits with 0' -x
complete -c apool -n __apool_in_options -l ionice -d 'Run the jobs with this I/O class: idle, best-effort:N or realtime:N' -x
complete -c apool -n __apool_in_options -l affinity -d 'Bind the jobs to CPUs by slot: none (default), spread, compact or numa' -x -a 'none spread compact numa'
complete -c apool -n __apool_in_options -l env -d 'Set a variable for the jobs (NAME=VALUE), or require that NAME is exported' -x
complete -c apool -n __apool_in_options -l interval -d 'Set the time between two decisions (default 250ms for conservative, balanced and aggressive, else 1s)' -x
complete -c apool -n __apool_in_options -l cooldown -d 'Keep the limit for this time after a decrease (default 0, aimd 5s)' -x
complete -c apool -n __apool_in_options -l soft-limit -d 'Above N workers, add only 1 at a time, and only if more jobs wait than the limit' -x
complete -c apool -n __apool_in_options -l scale-up-threshold -d 'Add workers if at least this share of the limit is running (default 0.75)' -x
complete -c apool -n __apool_in_options -l scale-down-threshold -d 'Remove workers if at most this share of the limit is running (default 0.25)' -x
complete -c apool -n __apool_in_options -l load-threshold -d 'Add workers if more than this share of the limit is running (aimd; default 0.8)' -x
complete -c apool -n __apool_in_options -l cpu-threshold -d 'Add no workers while CPU use is at or above RATIO (default 0.8)' -x
complete -c apool -n __apool_in_options -l cpu-low-threshold -d 'Treat the CPU as underused below RATIO (default 0.4, predictive 0.5)' -x
complete -c apool -n __apool_in_options -l memory-low-threshold -d 'Double the step only if memory use is below RATIO (aimd; default 0.5)' -x
complete -c apool -n __apool_in_options -l queue-low-threshold -d 'Remove workers if the CPU is full and fewer than N jobs wait (threshold; default 2)' -x
complete -c apool -n __apool_in_options -l queue-moderate-threshold -d 'Add --step-up-moderate workers if more than N jobs wait (threshold; default 5)' -x
complete -c apool -n __apool_in_options -l queue-high-threshold -d 'Add --step-up workers if more than N jobs wait and the CPU is underused (threshold; default 20)' -x
complete -c apool -n __apool_in_options -l queue-threshold -d 'Treat more than N waiting jobs as congestion (aimd; default unset)' -x
complete -c apool -n __apool_in_options -l lag-threshold -d 'Treat a lag above DURATION as congestion (aimd; default 50ms)' -x
complete -c apool -n __apool_in_options -l step-up -d 'Add N workers at a time' -x
complete -c apool -n __apool_in_options -l step-up-moderate -d 'Add N workers at a time if the queue is moderate (threshold; default 2)' -x
complete -c apool -n __apool_in_options -l step-down -d 'Remove N workers at a time (default 2, aggressive 1)' -x
complete -c apool -n __apool_in_options -l increase-step -d 'Add N workers at a time (aimd; default 2)' -x
complete -c apool -n __apool_in_options -l decrease-factor -d 'Multiply the limit by RATIO on congestion (aimd; default 0.5)' -x
complete -c apool -n __apool_in_options -l step-ratio -d 'Change the limit by this share of it at a time (predictive; default 0.2)' -x
complete -c apool -n __apool_in_options -l dead-band -d 'Ignore a relative change of throughput up to RATIO (predictive; default 0.05)' -x
complete -c apool -n __apool_in_options -l smoothing -d 'Set the weight of a new reading in moving averages, 0 to 1 (predictive; default 0.3)' -x
complete -c apool -n __apool_in_options -l trend-window -d 'Compute trends over N readings, at least 3 (predictive; default 8)' -x
complete -c apool -n __apool_in_options -l blind-limit -d 'Double the limit up to N until the first job has ended (predictive; default 32)' -x
complete -c apool -n __apool_in_options -l start-workers -d 'Start up to N jobs before the first measurement (auto; default 4)' -x
complete -c apool -n __apool_in_options -l blind-workers -d 'Raise the limit up to N, or 2 for each core, until the first job has ended (auto; default 32)' -x
complete -c apool -n __apool_in_options -l memory-reserve -d 'Keep this share of the memory free (auto; default 0.05)' -x
complete -c apool -n __apool_in_options -l memory-brake -d 'Suspend the youngest jobs (SIGSTOP) if memory runs out: yes (default) or no (auto)' -x
complete -c apool -n __apool_in_options -l backoff -d 'Lower the limit at once on a result of --backoff-on: yes (default) or no (auto)' -x
complete -c apool -n __apool_in_options -l min-completions -d 'Judge a limit after N successful jobs, at least 1 (predictive; default 8)' -x
complete -c apool -n __apool_in_options -l as -d 'Take the command line of another tool: xargs or parallel' -x
complete -c apool -n __apool_in_options -s h -l help -d 'Print help: -h for a summary, --help for all options, --help=policies for their constants' -f
complete -c apool -n __apool_in_options -s V -l version -d 'Print the version' -f
complete -c apool -n __apool_in_options -l man -d 'Print the manual page (roff), for apool --man | man -l -' -f
complete -c apool -n __apool_in_options -l completions -d 'Print the completions for bash, zsh or fish' -x -a 'bash zsh fish'

# The words of the command before the cursor, once the options are over. Fails before that.
function __apool_command_words
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        set -l word $words[1]
        set -e words[1]
        switch $word
            case --
                set -q words[1]; and printf '%s\n' $words
                return 0
            case '--*=*'
            case '--*'
                contains -- $word $__apool_takes_value; and set -q words[1]; and set -e words[1]
            case '-?*'
                set -l letters (string sub -s 2 -- $word | string split '')
                while set -q letters[1]
                    if contains -- -$letters[1] $__apool_takes_value
                        set -q letters[2]; or set -q words[1]; and set -e words[1]
                        break
                    end
                    set -e letters[1]
                end
            case '*'
                printf '%s\n' $word $words
                return 0
        end
    end
    return 1
end

function __apool_in_options
    not __apool_command_words >/dev/null
end

# The command after the options, as if it were typed alone.
function __apool_command
    set -l words (__apool_command_words)
    set -l word (commandline -ct)
    if string match -q ':::*' -- $words
        __fish_complete_path $word
    else if not string match -q -- '-*' $word; or set -q words[1]
        complete -C (string join ' ' -- (string escape -- $words) $word)
    end
end

complete -c apool -f -a '(__apool_command)'
