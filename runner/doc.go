// Package runner plans the trials of a run, schedules them and leads each one
// through its phases. It sees neither YAML nor SQL, HTTP or Docker: it is
// handed finished agents, pools and graders.
package runner
