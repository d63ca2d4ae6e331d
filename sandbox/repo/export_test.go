package repo

// DiffLimit is Diff with other limits of bytes and time.
var DiffLimit = diff
