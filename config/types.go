package config

import "bench"

// Config is a configuration file with all defaults filled in.
type Config struct {
	// Name of the experiment, shown in tables. Default: the name of the file without its ending.
	Name string `json:"name,omitzero" jsonschema:"minLength=1"`
	// Dataset says which tasks to work on.
	Dataset Dataset `json:"dataset" jsonschema:"required"`
	// Seed of everything that is random: the shuffle, the order of trials, resampling.
	Seed int64 `json:"seed" jsonschema:"default=42"`
	// Attempts is how often each configuration tries each task.
	Attempts int `json:"attempts" jsonschema:"minimum=1,default=1"`
	// Workers limits how much happens at the same time.
	Workers Workers `json:"workers,omitzero"`
	// Limits of every trial, and of the run.
	Limits RunLimits `json:"limits,omitzero"`
	// Sandbox is where agents work.
	Sandbox Sandbox `json:"sandbox,omitzero"`
	// Scoring says how patches are judged: always in a fresh sandbox.
	Scoring Scoring `json:"scoring,omitzero"`
	// Models by the names that configurations use for them.
	Models Map[Model] `json:"models" jsonschema:"required"`
	// Configurations are the columns of the comparison, in the order of the file.
	Configurations Map[Configuration] `json:"configurations" jsonschema:"required"`
	// Compare says what the verdict is about.
	Compare Compare `json:"compare,omitzero"`
	// Cache is a directory with answers of models, relative to this file: what an earlier run has
	// asked in the same trial is not asked again. Not with command. Default: none.
	Cache string `json:"cache,omitzero" jsonschema:"minLength=1,example=answers"`
	// Results is the database that the run is written to, relative to the working directory.
	Results string `json:"results,omitzero" jsonschema:"minLength=1,default=bench.db"`
}

// Dataset says which tasks to work on. The order is that of the data unless shuffled; ids, filter
// and exclude choose, then shuffle orders, then slice cuts.
type Dataset struct {
	// Source is the name of a known dataset, or a path itself. A name without path means what bench
	// dataset pull has fetched; name@revision one revision of it.
	Source string `json:"source,omitzero" jsonschema:"minLength=1,example=swe-bench-verified"`
	// Path of a .jsonl, .json or .parquet file (.gz and .zst too), of a directory with one file
	// per split, of a directory of task folders, or of one task folder. Relative to this file.
	Path string `json:"path,omitzero" jsonschema:"minLength=1,example=data/verified.parquet"`
	// Split chooses the file in a directory.
	Split string `json:"split,omitzero" jsonschema:"minLength=1,default=test"`
	// IDs are the instance ids to keep. Default: all.
	IDs []string `json:"ids,omitzero"`
	// Filter is a regular expression (RE2) that instance ids must match somewhere.
	Filter string `json:"filter,omitzero" jsonschema:"minLength=1,example=^(sympy|django)__"`
	// Exclude are instance ids to leave out, or .yaml and .json files with lists of
	// {instance_id, reason}. Files are relative to this one.
	Exclude []string `json:"exclude,omitzero" jsonschema:"example=[quarantine.yaml]"`
	// Judging is a path to what judging needs and the rows of some datasets do not carry.
	Judging string `json:"judging,omitzero" jsonschema:"minLength=1,example=Pro-os/run_scripts"`
	// Slice keeps tasks A up to B, as in Python: ":50", "100:200", "-10:".
	Slice string `json:"slice,omitzero" jsonschema:"pattern=^-?[0-9]*:-?[0-9]*$,example=\":50\""`
	// Shuffle orders the tasks by the seed before the slice is taken.
	Shuffle bool `json:"shuffle,omitzero"`
}

// Workers limits how much happens at the same time. Agents wait for models and grading needs
// processors, so the two have pools of their own.
type Workers struct {
	// Agents is how many trials are worked on at once.
	Agents int `json:"agents" jsonschema:"minimum=1,default=4"`
	// Grading is how many patches are judged at once.
	Grading int `json:"grading" jsonschema:"minimum=1,default=2"`
	// Sidekicks is how many sidekicks of all trials work at once. Default: no limit but each
	// configuration's max_parallel.
	Sidekicks int `json:"sidekicks,omitzero" jsonschema:"minimum=1"`
}

// RunLimits bounds every trial and, with run_cost_usd, the whole run. A trial that reaches a
// limit keeps its patch and is graded.
type RunLimits struct {
	// Iterations is how many model calls the main or single agent of a trial may make.
	Iterations int64 `json:"iterations" jsonschema:"minimum=1,default=250"`
	// CostUSD is what all agents of a trial may spend, in USD.
	CostUSD float64 `json:"cost_usd" jsonschema:"exclusiveMinimum=0,maximum=1e6,default=3"`
	// Tokens is how many tokens, input plus output, all agents of a trial may use. Default: no
	// limit.
	Tokens int64 `json:"tokens,omitzero" jsonschema:"minimum=1"`
	// Wall is how long agents may work on a trial. Outages of models do not count.
	Wall Duration `json:"wall" jsonschema:"default=45m"`
	// RunCostUSD is what the run may spend, in USD; then it stops. Default: no limit.
	RunCostUSD float64 `json:"run_cost_usd,omitzero" jsonschema:"exclusiveMinimum=0,maximum=1e6"`
}

// Limits replaces limits of the top level for one configuration.
type Limits struct {
	// Iterations is how many model calls the main or single agent of a trial may make.
	Iterations int64 `json:"iterations,omitzero" jsonschema:"minimum=1"`
	// CostUSD is what all agents of a trial may spend, in USD.
	CostUSD float64 `json:"cost_usd,omitzero" jsonschema:"exclusiveMinimum=0,maximum=1e6"`
	// Tokens is how many tokens, input plus output, all agents of a trial may use.
	Tokens int64 `json:"tokens,omitzero" jsonschema:"minimum=1"`
	// Wall is how long agents may work on a trial. Outages of models do not count.
	Wall Duration `json:"wall,omitzero"`
}

// Sandbox is where agents work. The repository lies in it, cut back to the base commit.
type Sandbox struct {
	// Kind is docker (a container per trial) or local (a directory and processes of this
	// machine, which isolates nothing: for trying things out).
	Kind SandboxKind `json:"kind" jsonschema:"default=docker"`
	// Image names each task's image: {instance} is the instance id as the official images have
	// it (lower case, __ written _1776_), {instance_id} the id in lower case. Default: the image
	// that the row names, else the official one. Docker only.
	Image string `json:"image,omitzero" jsonschema:"minLength=1"`
	// Build makes images here instead of pulling them.
	Build *Build `json:"build,omitzero"`
	// CPUs is how many processors an agent's container may use. Default: no limit. Docker only.
	CPUs float64 `json:"cpus,omitzero" jsonschema:"exclusiveMinimum=0,maximum=4096"`
	// Memory is how much memory an agent's container may use. Docker only.
	Memory Size `json:"memory,omitzero" jsonschema:"default=4GiB"`
	// Pids is how many processes an agent's container may have. Docker only.
	Pids int64 `json:"pids,omitzero" jsonschema:"minimum=1,default=512"`
	// Disk is how much an agent's container may write over its image; a trial that exceeds it
	// ends as limit_disk. Docker only.
	Disk Size `json:"disk,omitzero" jsonschema:"default=20GiB"`
	// Files is how many files a process of an agent's container may have open. Default: the
	// engine's. Docker only.
	Files int64 `json:"files,omitzero" jsonschema:"minimum=64"`
	// FileSize is how large a file may be that a process of an agent's container writes; at least
	// 256MiB. Default: the engine's. Docker only.
	FileSize Size `json:"file_size,omitzero"`
	// ReadOnlySystem makes what an agent's container has of its image read-only, but for the work
	// directory, home directories, /var, /run and those for temporary files: nothing can be
	// installed for all. Docker only.
	ReadOnlySystem bool `json:"read_only_system,omitzero"`
	// Network of an agent's container; agents are told where there is none. From a bridge the
	// machine and other containers are reached. Docker only.
	Network Network `json:"network,omitzero" jsonschema:"default=none"`
	// CommandTimeout is the hard limit of one terminal command.
	CommandTimeout Duration `json:"command_timeout" jsonschema:"default=60s"`
	// Platform of the images. Default: the engine's own. Docker only.
	Platform Platform `json:"platform,omitzero"`
	// RegistryMirror is the name under which a mirror has an image: {image} is the image's own
	// name without its registry, {registry} the registry. Without {registry}, only images of
	// Docker Hub are pulled through it. Default: images are pulled by their own names. Docker
	// only.
	RegistryMirror Mirror `json:"registry_mirror,omitzero"`
	// DiskBudget is how much disk the images that bench has pulled or built may take, shared
	// layers counted once, before those that nobody needs are removed. Default: no limit. Docker
	// only.
	DiskBudget Size `json:"disk_budget,omitzero"`
	// OutagePatience is how long trials wait while no engine answers. Then the run stops, to be
	// resumed. Docker only.
	OutagePatience Duration `json:"outage_patience,omitzero" jsonschema:"default=15m"`
	// Engines are the engines that containers run on. All trials of a task run on one of them,
	// back to back. Default: the one that DOCKER_HOST names, or this machine's. Docker only.
	Engines []Engine `json:"engines,omitzero"`
	// Require binds tasks to engines that have labels.
	Require []Requirement `json:"require,omitzero"`
}

// Engine is an engine that containers run on.
type Engine struct {
	// Host is where the engine is: unix://PATH, ssh://USER@HOST, or tcp://HOST:PORT with TLS.
	Host string `json:"host" jsonschema:"minLength=1,example=ssh://bench@big-1"`
	// Name is what tables call the engine. Default: its host.
	Name string `json:"name,omitzero" jsonschema:"minLength=1"`
	// Max is how many trials run on the engine at once.
	Max int `json:"max" jsonschema:"minimum=1,default=8"`
	// TLS is a directory with ca.pem, cert.pem and key.pem, for tcp hosts.
	TLS string `json:"tls,omitzero" jsonschema:"minLength=1"`
	// DiskBudget takes the place of sandbox.disk_budget on the engine.
	DiskBudget Size `json:"disk_budget,omitzero"`
	// Labels are words of your own for the engine, which sandbox.require asks for.
	Labels Labels `json:"labels,omitzero"`
}

// Requirement is what tasks ask of an engine.
type Requirement struct {
	// Tasks is a regular expression (RE2) that instance ids must match somewhere. Default: all
	// tasks.
	Tasks string `json:"tasks,omitzero" jsonschema:"minLength=1,example=^torch__"`
	// Labels are those that an engine must have, with these values, to run such tasks.
	Labels Labels `json:"labels"`
}

// Build makes a task's image, or its directory in a local sandbox, from a repository at the
// task's base commit. What a task folder says itself comes first.
type Build struct {
	// BaseImage is the image that the repository is put into. Docker only.
	BaseImage string `json:"base_image,omitzero" jsonschema:"minLength=1"`
	// Repository is a directory (relative to this file) or a git URL; {repo} is the task's
	// repository (owner/name), {name} the part behind the slash.
	Repository string `json:"repository,omitzero" jsonschema:"minLength=1"`
	// Setup are shell commands that run in the repository, with network, when it is made.
	Setup []string `json:"setup,omitzero"`
	// Workdir is where the repository lies. Docker only.
	Workdir string `json:"workdir,omitzero" jsonschema:"pattern=^/,example=/testbed"`
}

// Scoring says how patches are judged: always in a fresh sandbox, never the agent's.
type Scoring struct {
	// Rules are those of the official harness, version 5 or 4.
	Rules Rules `json:"rules" jsonschema:"default=v5"`
	// Timeout of one evaluation.
	Timeout Duration `json:"timeout" jsonschema:"default=30m"`
	// Network of the evaluation's container: none, bridge, or auto, which is none for the tasks
	// that bench verify has verified without one, and bridge for the others. From a bridge
	// neither this machine is reached nor another private address. Docker only.
	Network GradingNetwork `json:"network,omitzero" jsonschema:"default=auto"`
	// Memory is how much memory the evaluation's container may use. Docker only.
	Memory Size `json:"memory,omitzero" jsonschema:"default=8GiB"`
	// Pids is how many processes the evaluation's container may have. Docker only.
	Pids int64 `json:"pids,omitzero" jsonschema:"minimum=1,default=4096"`
	// Disk is how much the evaluation's container may write over its image; tests that exceed it
	// are killed, and the task is unresolved. Docker only.
	Disk Size `json:"disk,omitzero" jsonschema:"default=20GiB"`
	// Files is how many files a process of the evaluation's container may have open. Default: the
	// engine's. Docker only.
	Files int64 `json:"files,omitzero" jsonschema:"minimum=64"`
	// FileSize is how large a file may be that a process of the evaluation's container writes; at
	// least 256MiB. Default: the engine's. Docker only.
	FileSize Size `json:"file_size,omitzero"`
	// Canary says whether patches that resolve their task are evaluated once more with a test
	// that must fail, and flagged if it does not. The verdict is the same.
	Canary Canary `json:"canary" jsonschema:"default=off"`
}

// Configuration is one column of the comparison: a way to work on tasks.
type Configuration struct {
	// Kind is single (one agent), fusion (a main agent that may delegate to sidekicks), advisor (one
	// agent that may ask a stronger model), router (one agent whose model may change from turn to
	// turn) or command (a program of your own, run in the sandbox).
	Kind bench.Kind `json:"kind" jsonschema:"required"`
	// Model of the agent; with router that of the turns which nothing sends elsewhere, with command
	// the program's, which reported calls are of that name none. Not with fusion.
	Model string `json:"model,omitzero" jsonschema:"minLength=1"`
	// Main is the model of the main agent. fusion only.
	Main string `json:"main,omitzero" jsonschema:"minLength=1"`
	// MaxParallelTools is how many tool calls of one response run at once. Not with command.
	MaxParallelTools int `json:"max_parallel_tools,omitzero" jsonschema:"minimum=1,default=8"`
	// Limits replaces limits of the top level.
	Limits Limits `json:"limits,omitzero"`
	// Notice is the share of a limit at which an agent is told that it is nearly spent; 0 is
	// never. Not with command.
	Notice *float64 `json:"notice,omitzero" jsonschema:"minimum=0,maximum=1,default=0.8"`
	// Sidekick describes the agents that the main agent delegates to. fusion only.
	Sidekick *Sidekick `json:"sidekick,omitzero"`
	// Delegation says how strongly the main agent is told to delegate; off offers it no task
	// tool. fusion only.
	Delegation bench.DelegationMode `json:"delegation,omitzero" jsonschema:"default=optional"`
	// Escalation says whether a sidekick may hand its task back by its own decision (voluntary),
	// is made to when it reaches a limit (forced), or both. fusion only.
	Escalation bench.EscalationMode `json:"escalation,omitzero" jsonschema:"default=both"`
	// Strict forbids the main agent to resume what was escalated. Not with sidekick.memory:
	// fresh. fusion only.
	Strict bool `json:"strict,omitzero"`
	// ShowCosts tells the agent what each delegation or consultation has cost. fusion and advisor
	// only.
	ShowCosts bool `json:"show_costs,omitzero"`
	// Advisor describes the model that the agent may ask. advisor only.
	Advisor *Advisor `json:"advisor,omitzero"`
	// Router says which model takes a turn. router only.
	Router *Router `json:"router,omitzero"`
	// Command is the program. command only.
	Command *Command `json:"command,omitzero"`
	// Models are those, besides model, that the program may call through its gateway, or that its
	// usage reports may name, here or as the endpoint calls them. command only.
	Models []string `json:"models,omitzero"`
	// Matrix makes one configuration per combination of values: its keys are paths of keys below
	// this configuration, such as sidekick.model, its values lists.
	Matrix Matrix `json:"matrix,omitzero"`
}

// Compare says what the verdict is about.
type Compare struct {
	// Baseline is the configuration that the others are compared with. Default: the first one.
	Baseline string `json:"baseline,omitzero" jsonschema:"minLength=1"`
	// MarginPP is how many percentage points fewer resolved tasks still count as not worse.
	MarginPP float64 `json:"margin_pp" jsonschema:"exclusiveMinimum=0,maximum=50,default=5"`
	// MinSaving is the share of the baseline's cost that must be saved to call it cheaper.
	MinSaving float64 `json:"min_saving" jsonschema:"minimum=0,exclusiveMaximum=1,default=0"`
	// Stop ends the run as soon as quality is decided for every candidate, however often one looks:
	// no other trial starts then. It takes more tasks than a number set beforehand if the difference
	// is at the margin, and fewer if it is clear. Tasks must be shuffled.
	Stop Stop `json:"stop" jsonschema:"default=never"`
	// AA is a configuration to run a second time, as NAME-aa, which shows by how much it differs
	// from itself: no difference within that noise means anything. bench run --aa sets it.
	AA string `json:"aa,omitzero" jsonschema:"minLength=1"`
}
