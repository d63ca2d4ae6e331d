// Package helper runs all commands of one sandbox through one stream.
//
// Starting a command through a container engine costs tens of milliseconds of
// processor time, because the engine prepares a new member of the container
// each time. A helper is started once per sandbox instead, inside it, and
// speaks a framed protocol over its standard input and output; [Client] is
// the other end. Starting a command then costs a fork, an exec and two frames.
//
// The stream carries any number of calls at once: commands, archives going in
// and archives coming out. Each direction of each call has a window of [window]
// bytes that its reader refills, so a command that floods its output blocks on
// its own pipe, and neither memory grows nor do other calls wait for it.
//
// On Linux every command runs below a reaper of its own: a second process of
// this program that is a child subreaper, so that whatever the command starts
// stays its descendant, in sessions of its own or with both parents dead.
// Killing a command means killing all descendants of its reaper, until the
// kernel says that there are none. A reaper whose command has ended and left
// nothing behind is used again; one that has background children to mind is
// not, and leaves when they do. Elsewhere on Unix a command is a process group,
// and children that leave the group escape.
//
// When the stream ends the helper kills everything below it and exits. As
// process 1 of a container it need not: the kernel does it.
package helper
