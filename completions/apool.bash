# Completions of apool for bash, made from the definition of its options.

_apool_options='-c --command --shell -I --replace --rpl --plus -q --quote -v -p --interactive -o --tty --workdir --wd --process-slot-var -a --arg-file -0 --null -d --delimiter -C --colsep --csv --header --trim -E --eof -r --no-run-if-empty -n --max-args -N --max-replace-args -L --max-lines -X -m --many --xargs -s --max-chars -x --exit --xargs-quotes --link --skip --head --shuf --seed --order --priority --pipe --pipe-part --block --recstart --recend --round-robin --cat --fifo -k --keep-order --line-buffer --lb -u --ungroup --group --tag --tagstring --dry-run --shellquote -t --verbose --color --progress --bar --eta --summary --explain --tmpdir --retries --retry-delay --retry-on --backoff-on --timeout --termseq --term-seq --halt --joblog --resume --resume-failed --retry-failed --results --res --results-layout --files --output-as-files --metrics-json --metrics-interval --trace --junit --prometheus --run-name --decision-log -j --jobs --policy --profile --min-workers --max-workers --hard-limit --initial-workers --memory-threshold --load --memfree --noswap --delay --rate --nice --memsuspend --limit --ionice --affinity --env --interval --cooldown --soft-limit --scale-up-threshold --scale-down-threshold --load-threshold --cpu-threshold --cpu-low-threshold --memory-low-threshold --queue-low-threshold --queue-moderate-threshold --queue-high-threshold --queue-threshold --lag-threshold --step-up --step-up-moderate --step-down --increase-step --decrease-factor --step-ratio --dead-band --smoothing --trend-window --blind-limit --start-workers --blind-workers --memory-reserve --memory-brake --backoff --min-completions --as -h --help -V --version --man --completions'

_apool_takes_value() {
    case $1 in
        -c | --command | --shell | -I | --rpl | --workdir | --wd | --process-slot-var | -a | --arg-file | -d | --delimiter | -C | --colsep | --header | --trim | -E | --eof | -n | --max-args | -N | --max-replace-args | -L | --max-lines | -s | --max-chars | --skip | --head | --seed | --order | --priority | --block | --recstart | --recend | --tagstring | --color | --tmpdir | --retries | --retry-delay | --retry-on | --backoff-on | --timeout | --termseq | --term-seq | --halt | --joblog | --results | --res | --results-layout | --metrics-json | --metrics-interval | --trace | --junit | --prometheus | --run-name | --decision-log | -j | --jobs | --policy | --profile | --min-workers | --max-workers | --hard-limit | --initial-workers | --memory-threshold | --load | --memfree | --delay | --rate | --nice | --memsuspend | --limit | --ionice | --affinity | --env | --interval | --cooldown | --soft-limit | --scale-up-threshold | --scale-down-threshold | --load-threshold | --cpu-threshold | --cpu-low-threshold | --memory-low-threshold | --queue-low-threshold | --queue-moderate-threshold | --queue-high-threshold | --queue-threshold | --lag-threshold | --step-up | --step-up-moderate | --step-down | --increase-step | --decrease-factor | --step-ratio | --dead-band | --smoothing | --trend-window | --blind-limit | --start-workers | --blind-workers | --memory-reserve | --memory-brake | --backoff | --min-completions | --as | --completions) return 0 ;;
    esac
    return 1
}

# The values of the option $1.
_apool_value() {
    case $1 in
        --header) COMPREPLY=($(compgen -W $':' -- "$cur")) ;;
        --trim) COMPREPLY=($(compgen -W $'n\nl\nr\nlr\nrl' -- "$cur")) ;;
        --order) COMPREPLY=($(compgen -W $'fifo\nlifo\nrandom\nsize\nhistory' -- "$cur")) ;;
        --color) COMPREPLY=($(compgen -W $'auto\nalways\nnever' -- "$cur")) ;;
        --progress) COMPREPLY=($(compgen -W $'auto\nbar\nplain\njson\nnone' -- "$cur")) ;;
        --halt) COMPREPLY=($(compgen -W $'never\nnow,fail=1\nsoon,fail=1\nnow,fail=10%\nsoon,fail=10%\nnow,success=1\nsoon,success=1\nnow,done=1\nsoon,done=1' -- "$cur")) ;;
        --results-layout) COMPREPLY=($(compgen -W $'tree\nflat' -- "$cur")) ;;
        --policy) COMPREPLY=($(compgen -W $'auto\nfixed\nconservative\nbalanced\naggressive\nthreshold\naimd\npredictive' -- "$cur")) ;;
        --profile) COMPREPLY=($(compgen -W $'cpu\nio\nmixed\nmemory' -- "$cur")) ;;
        --affinity) COMPREPLY=($(compgen -W $'none\nspread\ncompact\nnuma' -- "$cur")) ;;
        --completions) COMPREPLY=($(compgen -W $'bash\nzsh\nfish' -- "$cur")) ;;
        *) COMPREPLY=($(compgen -f -- "$cur")) ;;
    esac
}

# The command after the options, from the word $1, as if it were typed alone.
_apool_command() {
    local word
    for word in "${COMP_WORDS[@]:$1:COMP_CWORD-$1}"; do
        # bash cuts words at colons.
        if [[ $word == :* ]]; then
            COMPREPLY=($(compgen -f -- "$cur"))
            return
        fi
    done
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        COMPREPLY=($(compgen -c -- "$cur"))
    else
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}

_apool() {
    local cur=${COMP_WORDS[COMP_CWORD]} IFS=$'\n' option word rest i
    COMPREPLY=()
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]} option=
        if ((i == COMP_CWORD)); then
            break
        elif [[ $word == -- ]]; then
            _apool_command $((i + 1))
            return
        elif [[ $word == --* ]]; then
            if [[ ${COMP_WORDS[i + 1]} == = ]]; then
                option=$word
                ((i += 1))
                [[ $cur == = ]] && cur=
            elif _apool_takes_value "$word"; then
                option=$word
            fi
        elif [[ $word == -?* ]]; then
            for ((rest = 1; rest < ${#word}; rest++)); do
                if _apool_takes_value "-${word:rest:1}"; then
                    ((rest == ${#word} - 1)) && option=-${word:rest:1}
                    break
                fi
            done
        else
            break
        fi
        if [[ -n $option ]] && ((i >= COMP_CWORD - 1)); then
            _apool_value "$option"
            return
        fi
        [[ -n $option ]] && ((i += 1))
    done
    if [[ $cur == -* ]] && ((i == COMP_CWORD)); then
        COMPREPLY=($(compgen -W "${_apool_options// /$'\n'}" -- "$cur"))
    else
        _apool_command "$i"
    fi
}

complete -o bashdefault -o default -F _apool apool
