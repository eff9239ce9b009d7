complete -c apool -s c -l command -d 'Run STRING with a shell for each record' -r
complete -c apool -l shell -d 'Use SHELL for -c and for records that are commands; SHELL may have options' -r
complete -c apool -s I -d 'Use STR as the placeholder instead of {} and <>' -r
complete -c apool -l replace -d 'Same as -I STR; STR is {} by default' -r
complete -c apool -l rpl -d 'Define a placeholder: a tag, a blank and s/FROM/TO/FLAGS' -r
complete -c apool -l workdir -l wd -d 'Run the jobs in DIR; DIR may contain placeholders' -r
complete -c apool -l process-slot-var -d 'Set the environment variable VAR of each job to its slot, counted from 0' -r
complete -c apool -s a -l arg-file -d 'Read records from FILE (- for standard input)' -r -F
complete -c apool -s d -l delimiter -d 'Records end in DELIM, such as \\t, \\0 or \\x1e (default newline)' -r
complete -c apool -s C -l colsep -d 'Split each record at REGEX into the columns {1}, {2}, ...' -r
complete -c apool -l header -d 'Use the first record as column names, with --header : and {name} in the command' -r
complete -c apool -l trim -d 'Trim white space from values: n (none), l (left), r (right) or lr (both)' -r -f -a "n\t''
l\t''
r\t''
lr\t''
rl\t''"
complete -c apool -s E -l eof -d 'Stop reading at a record that equals STR' -r
complete -c apool -s n -l max-args -d 'Put up to N records into one job; 0 is the same as -N 0' -r
complete -c apool -s N -l max-replace-args -d 'Put N records into one job, as {1} to {N}' -r
complete -c apool -s L -l max-lines -d 'Put up to N lines into one job' -r
complete -c apool -s s -l max-chars -d 'Limit a command line to BYTES' -r
complete -c apool -l skip -d 'Skip the first N records' -r
complete -c apool -l head -d 'Stop after N records' -r
complete -c apool -l seed -d 'Set the seed of --shuf: the same N gives the same order' -r
complete -c apool -l order -d 'Start jobs in this order: fifo (default), lifo, random, size or history' -r
complete -c apool -l priority -d 'Start the jobs with the lowest number in COLUMN first' -r
complete -c apool -l block -d 'Set the size of a block (default 1M); with --pipe-part, -N makes N blocks for each worker' -r
complete -c apool -l recstart -d 'Records start with STR' -r
complete -c apool -l recend -d 'Records end with STR (default newline)' -r
complete -c apool -l tagstring -d 'Start each line of output with T and a tab; T may contain placeholders and \\t' -r
complete -c apool -l color -d 'Use colour in the live view: auto (default), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apool -l progress -d 'Show progress on standard error: auto, bar, plain, json or none' -r -f -a "auto\t''
bar\t''
plain\t''
json\t''
none\t''"
complete -c apool -l tmpdir -d 'Keep outputs that are too large for memory in DIR (default $TMPDIR, else /tmp)' -r -F
complete -c apool -l retries -d 'Run a failing job up to N times (default 1; 0: until it succeeds)' -r
complete -c apool -l retry-delay -d 'Wait up to DURATION before the second attempt (default 0)' -r
complete -c apool -l retry-on -d 'Retry only after these results, such as 75,100-110,signal,timeout (default any)' -r
complete -c apool -l backoff-on -d 'Treat these results as a sign that too many jobs run, such as 75' -r
complete -c apool -l timeout -d 'End a job after DURATION, or after N% of the median run time' -r
complete -c apool -l termseq -l term-seq -d 'Set the signals that end a job, and the milliseconds between them' -r
complete -c apool -l halt -d 'Set when to stop: never (default), now,fail=1, soon,fail=10%, ...' -r
complete -c apool -l joblog -d 'Write a line for each job that ended, in the columns of GNU parallel' -r -F
complete -c apool -l results -l res -d 'Keep the output of each job in files below DIR' -r
complete -c apool -l results-layout -d 'Set the layout of --results: tree (default), or flat for SEQ.out, SEQ.err and SEQ.json' -r -f -a "tree\t''
flat\t''"
complete -c apool -l metrics-json -d 'Write the metrics of the run as one JSON object (- for stdout)' -r -F
complete -c apool -l metrics-interval -d 'During the run, add a line of JSON to the metrics every DURATION' -r
complete -c apool -l decision-log -d 'Write each decision on the number of workers as a line of JSON' -r -F
complete -c apool -s j -l jobs -d 'Run N jobs at once: a number, N% of the cores, or 0 for as many as possible' -r
complete -c apool -l policy -d 'Set how the number of jobs is found (default auto)' -r -f -a "auto\t''
fixed\t''
conservative\t''
balanced\t''
aggressive\t''
threshold\t''
aimd\t''
predictive\t''"
complete -c apool -l profile -d 'Set the bounds for a kind of job: cpu, io, mixed or memory' -r -f -a "cpu\t''
io\t''
mixed\t''
memory\t''"
complete -c apool -l min-workers -d 'Never lower the limit below N' -r
complete -c apool -l max-workers -l hard-limit -d 'Never run more than N jobs at once' -r
complete -c apool -l initial-workers -d 'Start with a limit of N jobs at once' -r
complete -c apool -l memory-threshold -d 'Start no job while this share of the memory is in use, such as 0.9 or 90%' -r
complete -c apool -l load -d 'Start no job while N threads are running or runnable (N, N%, +N, -N)' -r
complete -c apool -l memfree -d 'Start no job while less than SIZE of memory is free' -r
complete -c apool -l delay -d 'Wait at least DURATION between two starts' -r
complete -c apool -l rate -d 'Start at most N jobs per second; N/m is per minute, N/h per hour' -r
complete -c apool -l nice -d 'Run the jobs with niceness N, from -20 to 19 (default that of apool)' -r
complete -c apool -l memsuspend -d 'Suspend the youngest jobs (SIGSTOP) while less than SIZE of memory is free' -r
complete -c apool -l limit -d 'Start jobs only while the command CMD exits with 0' -r
complete -c apool -l ionice -d 'Run the jobs with this I/O class: idle, best-effort:N or realtime:N' -r
complete -c apool -l affinity -d 'Bind the jobs to CPUs by slot: none (default), spread, compact or numa' -r -f -a "none\t''
spread\t''
compact\t''
numa\t''"
complete -c apool -l env -d 'Set a variable for the jobs (NAME=VALUE), or require that NAME is exported' -r
complete -c apool -s l -d 'The -L of xargs with an optional number' -r
complete -c apool -s e -d 'The -E of xargs with an attached string. Without one it is refused, because GNU parallel then takes the next word' -r
complete -c apool -l interval -d 'Set the time between two decisions (default 250ms for conservative, balanced and aggressive, else 1s)' -r
complete -c apool -l cooldown -d 'Keep the limit for this time after a decrease (default 0, aimd 5s)' -r
complete -c apool -l soft-limit -d 'Above N workers, add only 1 at a time, and only if more jobs wait than the limit' -r
complete -c apool -l scale-up-threshold -d 'Add workers if at least this share of the limit is running (default 0.75)' -r
complete -c apool -l scale-down-threshold -d 'Remove workers if at most this share of the limit is running (default 0.25)' -r
complete -c apool -l load-threshold -d 'Add workers if more than this share of the limit is running (aimd; default 0.8)' -r
complete -c apool -l cpu-threshold -d 'Add no workers while CPU use is at or above RATIO (default 0.8)' -r
complete -c apool -l cpu-low-threshold -d 'Treat the CPU as underused below RATIO (default 0.4, predictive 0.5)' -r
complete -c apool -l memory-low-threshold -d 'Double the step only if memory use is below RATIO (aimd; default 0.5)' -r
complete -c apool -l queue-low-threshold -d 'Remove workers if the CPU is full and fewer than N jobs wait (threshold; default 2)' -r
complete -c apool -l queue-moderate-threshold -d 'Add --step-up-moderate workers if more than N jobs wait (threshold; default 5)' -r
complete -c apool -l queue-high-threshold -d 'Add --step-up workers if more than N jobs wait and the CPU is underused (threshold; default 20)' -r
complete -c apool -l queue-threshold -d 'Treat more than N waiting jobs as congestion (aimd; default unset)' -r
complete -c apool -l lag-threshold -d 'Treat a lag above DURATION as congestion (aimd; default 50ms)' -r
complete -c apool -l step-up -d 'Add N workers at a time' -r
complete -c apool -l step-up-moderate -d 'Add N workers at a time if the queue is moderate (threshold; default 2)' -r
complete -c apool -l step-down -d 'Remove N workers at a time (default 2, aggressive 1)' -r
complete -c apool -l increase-step -d 'Add N workers at a time (aimd; default 2)' -r
complete -c apool -l decrease-factor -d 'Multiply the limit by RATIO on congestion (aimd; default 0.5)' -r
complete -c apool -l step-ratio -d 'Change the limit by this share of it at a time (predictive; default 0.2)' -r
complete -c apool -l dead-band -d 'Ignore a relative change of throughput up to RATIO (predictive; default 0.05)' -r
complete -c apool -l smoothing -d 'Set the weight of a new reading in moving averages, 0 to 1 (predictive; default 0.3)' -r
complete -c apool -l trend-window -d 'Compute trends over N readings, at least 3 (predictive; default 8)' -r
complete -c apool -l blind-limit -d 'Double the limit up to N until the first job has ended (predictive; default 32)' -r
complete -c apool -l start-workers -d 'Start up to N jobs before the first measurement (auto; default 4)' -r
complete -c apool -l blind-workers -d 'Raise the limit up to N, or 2 for each core, until the first job has ended (auto; default 32)' -r
complete -c apool -l memory-reserve -d 'Keep this share of the memory free (auto; default 0.05)' -r
complete -c apool -l memory-brake -d 'Suspend the youngest jobs (SIGSTOP) if memory runs out: yes (default) or no (auto)' -r
complete -c apool -l backoff -d 'Lower the limit at once on a result of --backoff-on: yes (default) or no (auto)' -r
complete -c apool -l min-completions -d 'Judge a limit after N successful jobs, at least 1 (predictive; default 8)' -r
complete -c apool -l as -d 'Take the command line of another tool: xargs' -r
complete -c apool -l completions -d 'Print the completions for bash, zsh or fish' -r -f -a "bash\t''
zsh\t''
fish\t''"
complete -c apool -l plus -d 'Enable the placeholders of GNU parallel\'s --plus'
complete -c apool -s q -l quote -d 'Run the command without a shell, even if it is one word with blanks'
complete -c apool -s v -d 'Print each command on standard output before the output of the job'
complete -c apool -s p -l interactive -d 'Ask on the terminal before each command; it runs if the answer starts with y'
complete -c apool -s o -l tty -d 'Give the terminal to each job as its standard input; one job runs at a time'
complete -c apool -s 0 -l null -d 'Records end in NUL, as in the output of find -print0'
complete -c apool -l csv -d 'Read records as CSV: quoted fields may contain commas and newlines'
complete -c apool -s r -l no-run-if-empty -d 'Skip empty records'
complete -c apool -s X -d 'Put as many records into one job as fit on a command line'
complete -c apool -s m -l many -d 'Like -X, but put all records into one word: x{}y becomes \'xa by\''
complete -c apool -l xargs -d 'Like -m, but do not divide the last records among the free workers'
complete -c apool -s x -l exit -d 'Stop with an error if a command line is longer than the limit'
complete -c apool -l xargs-quotes -d 'Split records like xargs: at blanks and newlines, with quotes and backslashes'
complete -c apool -l link -d 'Pair the values of several sources instead of combining them'
complete -c apool -l shuf -d 'Run the jobs in random order; all input is read first'
complete -c apool -l pipe -d 'Give each job a block of the input on its standard input'
complete -c apool -l pipe-part -d 'Like --pipe, but read the file of -a only where blocks begin and end'
complete -c apool -l round-robin -d 'Start one job for each worker, and give each block to a job that has room'
complete -c apool -l cat -d 'Give each job its block in a file; {} is the name of the file'
complete -c apool -l fifo -d 'Give each job its block through a named pipe; {} is the name of the pipe'
complete -c apool -s k -l keep-order -d 'Print outputs in the order of the input'
complete -c apool -l line-buffer -l lb -d 'Print lines as they arrive; lines of several jobs alternate'
complete -c apool -s u -l ungroup -d 'Let jobs write to the output directly; their bytes may mix'
complete -c apool -l group -d 'Print the output of a job when it ends: its stdout, then its stderr (default)'
complete -c apool -l tag -d 'Start each line of output with the record and a tab'
complete -c apool -l dry-run -d 'Print the commands, quoted for a shell, but do not run them'
complete -c apool -s t -l verbose -d 'Print each command on standard error before it runs'
complete -c apool -l bar -d 'Same as --progress=bar'
complete -c apool -l eta -d 'Same as --progress=bar'
complete -c apool -l explain -d 'Explain the number of workers at the end of the run'
complete -c apool -l resume -d 'Skip the jobs that are in the joblog, whether they failed or not'
complete -c apool -l resume-failed -d 'Like --resume, but run the failed jobs again'
complete -c apool -l retry-failed -d 'Run the failed jobs of the joblog again, without reading the input'
complete -c apool -l files -l output-as-files -d 'Print the name of the file with the output of a job instead of the output'
complete -c apool -l noswap -d 'Start no job while the machine swaps both in and out'
complete -c apool -l will-cite -d 'No effect: there is no citation notice'
complete -c apool -l gnu -d 'No effect: there is no mode of another tool'
complete -c apool -l plain -d 'No effect: there is no configuration file'
complete -c apool -l no-keep-order -d 'Cancel -k and APOOL_KEEP_ORDER'
complete -c apool -s h -l help -d 'Print help: -h for a summary, --help for all options, --help=policies for their constants'
complete -c apool -s V -l version -d 'Print the version'
complete -c apool -l man -d 'Print the manual page (roff), for apool --man | man -l -'
