package bench

import "time"

// TrialImported is a trial that was made elsewhere: how it ended, and what is
// known of what it took. It is the only event of its trial beside its patch.
// What is nil is not known.
type TrialImported struct {
	Outcome  Outcome        `json:"outcome"`
	Resolved *bool          `json:"resolved"`
	Cost     *USD           `json:"cost"` // of all roles
	Wall     *time.Duration `json:"wall"`
	Roles    []RoleUsage    `json:"roles,omitempty"`
	Error    string         `json:"error,omitempty"`
	// Contamination is nil if nobody looked for it.
	Contamination *Contamination `json:"contamination,omitempty"`
}

// RoleUsage is what the agents of one role used in an imported trial. What is nil
// is not known; tokens are counted as those of Usage.
type RoleUsage struct {
	Role        Role   `json:"role"`
	Model       string `json:"model,omitempty"`
	Calls       *int64 `json:"calls"`
	Input       *int64 `json:"input"`
	CachedInput *int64 `json:"cached_input"`
	CacheWrite  *int64 `json:"cache_write"`
	Output      *int64 `json:"output"`
	Cost        *USD   `json:"cost_usd"`
}
