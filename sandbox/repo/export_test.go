package repo

// DiffLimit is Diff with another limit than MaxPatch.
var DiffLimit = diff
