complete -c apool -s c -l command -d 'Run STRING by a shell for each record' -r
complete -c apool -l shell -d 'The shell for -c and for records that are commands' -r
complete -c apool -s I -d 'Replace STR instead of {} and <>; the other forms follow it' -r
complete -c apool -l replace -d 'The same as -I STR; without STR, as -I {}' -r
complete -c apool -l rpl -d 'A placeholder of one\'s own: a tag, a blank and s/FROM/TO/FLAGS' -r
complete -c apool -l workdir -l wd -d 'Run the jobs in DIR, which may hold placeholders' -r
complete -c apool -l process-slot-var -d 'Give each job its slot, counted from 0, in the environment variable VAR' -r
complete -c apool -s a -l arg-file -d 'Read records from FILE (- for standard input)' -r -F
complete -c apool -s d -l delimiter -d 'Records end in DELIM, which may be an escape: \\t \\0 \\x1e' -r
complete -c apool -s C -l colsep -d 'Split records into the columns {1}, {2}, ... at REGEX' -r
complete -c apool -l header -d 'The first record names the columns; write {name} for one. The value is a colon' -r
complete -c apool -l trim -d 'Remove blanks at the left (l), the right (r), both (lr) or no ends (n) of values' -r -f -a "n\t''
l\t''
r\t''
lr\t''
rl\t''"
complete -c apool -s E -l eof -d 'Stop reading at a record equal to STR' -r
complete -c apool -s n -l max-args -d 'Up to N records in one job; 0 is -N 0' -r
complete -c apool -s N -l max-replace-args -d 'N records in one job, as {1} to {N}; 0 runs a job a record and leaves the record out' -r
complete -c apool -s L -l max-lines -d 'Up to N lines in one job; a line that ends in a blank goes on in the next' -r
complete -c apool -s s -l max-chars -d 'A command line is at most BYTES long (with -n, -X, -m, --xargs)' -r
complete -c apool -l skip -d 'Leave out the first N records' -r
complete -c apool -l head -d 'Stop after N records' -r
complete -c apool -l seed -d 'Which random order: the same N gives the same order' -r
complete -c apool -l order -d 'Start jobs in this order: fifo, lifo, random, size or history' -r
complete -c apool -l priority -d 'Start the jobs with the lowest number in this column first; a name with --header' -r
complete -c apool -l block -d 'About SIZE a block, 1M unless given; -N with --pipe-part: N blocks a worker' -r
complete -c apool -l recstart -d 'What begins a record' -r
complete -c apool -l recend -d 'What ends a record; a newline unless given; with --recstart, the place where the two meet' -r
complete -c apool -s j -l jobs -d 'Run N jobs at once, no more, no fewer: N, N% of the cores, 0 for many' -r
complete -c apool -l policy -d 'How the number of jobs is found; auto unless given' -r -f -a "auto\t''
fixed\t''
conservative\t''
balanced\t''
aggressive\t''
threshold\t''
aimd\t''
predictive\t''"
complete -c apool -l profile -d 'Bounds for a kind of jobs: cpu, io, mixed or memory' -r -f -a "cpu\t''
io\t''
mixed\t''
memory\t''"
complete -c apool -l min-workers -d 'Never lower the limit below N' -r
complete -c apool -l max-workers -l hard-limit -d 'Never run more than N jobs at once' -r
complete -c apool -l initial-workers -d 'The limit at the start' -r
complete -c apool -l memory-threshold -d 'Start no job while this part of the memory is in use, such as 0.9 or 90%' -r
complete -c apool -l load -d 'Start no job while N threads run or could run (N, N%, +N, -N)' -r
complete -c apool -l memfree -d 'Start no job while less memory than SIZE is free' -r
complete -c apool -l delay -d 'At least DURATION between two starts' -r
complete -c apool -l rate -d 'At most N starts a second, or N/m a minute, N/h an hour' -r
complete -c apool -l nice -d 'Run the jobs at niceness N (-20 to 19)' -r
complete -c apool -l memsuspend -d 'Stop the youngest jobs (SIGSTOP) while less memory than SIZE is free' -r
complete -c apool -l limit -d 'Start jobs only while CMD exits 0; 1: wait; 2: also end the youngest job, which comes again later' -r
complete -c apool -l ionice -d 'Run the jobs with this I/O class: idle, best-effort:N or realtime:N (N from 0, first, to 7)' -r
complete -c apool -l affinity -d 'Bind jobs to CPUs by slot: none, spread, compact or numa' -r -f -a "none\t''
spread\t''
compact\t''
numa\t''"
complete -c apool -l env -d 'Set a variable for the jobs (NAME=VALUE), or make sure that it, or the function of that name, is exported (NAME)' -r
complete -c apool -l tagstring -d 'Begin each line of output with T, which may hold placeholders and \\t, and a tab' -r
complete -c apool -l color -d 'Colour in the live view: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apool -l progress -d 'Show progress on standard error: auto, bar, plain, json or none' -r -f -a "auto\t''
bar\t''
plain\t''
json\t''
none\t''"
complete -c apool -l tmpdir -d 'Where outputs too large for memory are kept, in files without a name; else $TMPDIR, else /tmp' -r -F
complete -c apool -l retries -d 'Try a failing job up to N times in all; 0: until it succeeds' -r
complete -c apool -l retry-delay -d 'Wait up to DURATION before the second attempt' -r
complete -c apool -l retry-on -d 'Try again only after these endings, such as 75,100-110,signal,timeout' -r
complete -c apool -l backoff-on -d 'These endings mean that too much runs at once' -r
complete -c apool -l timeout -d 'End a job after DURATION, or after N% of the median run time' -r
complete -c apool -l termseq -l term-seq -d 'How jobs are ended: signals and the milliseconds between them' -r
complete -c apool -l halt -d 'When to stop: never, or now,fail=1, soon,fail=10%, now,success=1, ...' -r
complete -c apool -l joblog -d 'Write a line for each job that ended, in the columns of GNU parallel' -r -F
complete -c apool -l results -l res -d 'Keep the output of each job in files below DIR' -r
complete -c apool -l results-layout -d 'The files of --results: tree, or flat for SEQ.out, SEQ.err and SEQ.json' -r -f -a "tree\t''
flat\t''"
complete -c apool -l metrics-json -d 'Write the metrics of the run as one JSON object (- for stdout)' -r -F
complete -c apool -l metrics-interval -d 'While running, add a JSON line to it this often' -r
complete -c apool -l decision-log -d 'Write each decision on the number of workers as a line of JSON' -r -F
complete -c apool -s l -d 'xargs\'s -L with a number that may be missing' -r
complete -c apool -s e -d 'xargs\'s -E with its string attached; GNU parallel also takes the next word, so without one it is refused' -r
complete -c apool -l interval -d 'Time between two decisions' -r
complete -c apool -l cooldown -d 'Time without a change after a decrease' -r
complete -c apool -l soft-limit -d 'Beyond N workers grow by one at a time, and only when the queue is long' -r
complete -c apool -l scale-up-threshold -d 'Grow when this part of the limit is running' -r
complete -c apool -l scale-down-threshold -d 'Shrink when no more than this part of the limit is running' -r
complete -c apool -l load-threshold -d 'Grow when more than this part of the limit is running (aimd)' -r
complete -c apool -l cpu-threshold -d 'A CPU busier than this is full: no growth' -r
complete -c apool -l cpu-low-threshold -d 'A CPU less busy than this is under-used' -r
complete -c apool -l memory-low-threshold -d 'With less memory in use than this the step may double (aimd)' -r
complete -c apool -l queue-low-threshold -d 'A queue shorter than N is short' -r
complete -c apool -l queue-moderate-threshold -d 'A queue longer than N calls for some more workers' -r
complete -c apool -l queue-high-threshold -d 'A queue longer than N calls for many more workers' -r
complete -c apool -l queue-threshold -d 'A queue longer than N counts as congestion' -r
complete -c apool -l lag-threshold -d 'Waking up later than this counts as congestion' -r
complete -c apool -l step-up -d 'Workers added at a time' -r
complete -c apool -l step-up-moderate -d 'Workers added at a time for a moderate queue' -r
complete -c apool -l step-down -d 'Workers taken away at a time' -r
complete -c apool -l increase-step -d 'Workers added at a time (aimd)' -r
complete -c apool -l decrease-factor -d 'What is left of the limit after congestion (aimd)' -r
complete -c apool -l step-ratio -d 'A step as a part of the limit (predictive)' -r
complete -c apool -l dead-band -d 'A change of throughput smaller than this is no change' -r
complete -c apool -l smoothing -d 'The weight of a new value in moving averages, 0 to 1' -r
complete -c apool -l trend-window -d 'Looks over which a trend is taken' -r
complete -c apool -l blind-limit -d 'The limit up to which to double while nothing has finished' -r
complete -c apool -l start-workers -d 'Jobs started before the first look (auto)' -r
complete -c apool -l blind-workers -d 'The limit up to which to grow before there is evidence (auto)' -r
complete -c apool -l memory-reserve -d 'The part of the memory that is kept free (auto)' -r
complete -c apool -l memory-brake -d 'Stop (SIGSTOP) the youngest jobs when memory runs out, and continue them later: yes or no (auto)' -r
complete -c apool -l backoff -d 'Lower the limit when jobs fail for being too many: yes or no (auto)' -r
complete -c apool -l min-completions -d 'Completions to judge a level by' -r
complete -c apool -l completions -d 'Print the completions for bash, zsh or fish' -r -f -a "bash\t''
zsh\t''
fish\t''"
complete -c apool -l plus -d 'Replace GNU parallel\'s further forms too'
complete -c apool -s q -l quote -d 'Take the words of the command as they are: no shell, even for one word with blanks in it'
complete -c apool -s v -d 'Print each command on standard output, before the output of the job'
complete -c apool -s p -l interactive -d 'Ask on the terminal before each command; only an answer that begins with y runs it'
complete -c apool -s 0 -l null -d 'Records end in NUL, as find -print0 writes them'
complete -c apool -l csv -d 'Records are CSV: quoted fields may hold commas and newlines'
complete -c apool -s r -l no-run-if-empty -d 'Skip empty records'
complete -c apool -s X -d 'As many records in one job as a command line holds'
complete -c apool -s m -l many -d 'Like -X, but all records stand where the placeholder is, in one word'
complete -c apool -l xargs -d 'Like -m, without dealing out the last records among the free workers'
complete -c apool -s x -l exit -d 'Stop with an error when a command line does not fit'
complete -c apool -l xargs-quotes -d 'Cut records as xargs does: at blanks and newlines, with quotes and backslashes'
complete -c apool -l link -d 'Pair the values of several sources, not all combinations; a shorter source starts again'
complete -c apool -l shuf -d 'Run the jobs in random order (reads all input first)'
complete -c apool -l pipe -d 'Give each job a block of the input as its standard input'
complete -c apool -l pipe-part -d 'Like --pipe, for the file of -a: only looked into where it is cut'
complete -c apool -l round-robin -d 'Start one job a worker and give each block to whichever has room'
complete -c apool -l cat -d 'Give each job the name of a file that holds its block, in {}'
complete -c apool -l fifo -d 'Give each job the name of a named pipe that its block comes through, in {}'
complete -c apool -l noswap -d 'Start no job while the machine swaps both in and out'
complete -c apool -s k -l keep-order -d 'Print the outputs in the order of the input'
complete -c apool -l line-buffer -l lb -d 'Pass whole lines on at once; lines of several jobs alternate'
complete -c apool -s u -l ungroup -d 'Let the jobs write to the output themselves; their bytes may mix'
complete -c apool -l group -d 'Print the output of a job in one piece when it ends: its stdout, then its stderr (the default)'
complete -c apool -l tag -d 'Begin each line of output with the record and a tab'
complete -c apool -l dry-run -d 'Print the commands, quoted for a shell, and run nothing'
complete -c apool -s t -l verbose -d 'Print each command on standard error before it runs'
complete -c apool -l bar -d 'The same as --progress=bar'
complete -c apool -l eta -d 'The same as --progress=bar'
complete -c apool -l explain -d 'Say at the end why the number of workers was what it was'
complete -c apool -l resume -d 'Skip the jobs that the joblog has a record of, failed or not'
complete -c apool -l resume-failed -d 'Like --resume, but run the recorded failures again'
complete -c apool -l retry-failed -d 'Run the failures of the joblog again, from the joblog alone'
complete -c apool -l files -l output-as-files -d 'Print the name of the file that a job\'s output is in, instead of the output'
complete -c apool -l will-cite -d 'There is no citation notice to silence'
complete -c apool -l gnu -d 'There is no other mode of the same name'
complete -c apool -l plain -d 'There is no configuration file to leave out'
complete -c apool -l no-keep-order -d 'Takes back -k, also where APOOL_KEEP_ORDER asks for it'
complete -c apool -s h -l help -d 'Print help: -h in short, --help in full'
complete -c apool -s V -l version -d 'Print the version'
complete -c apool -l man -d 'Print the manual page (roff), for apool --man | man -l -'
