package results

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bench"
)

// Route is which model took a turn of an agent, and why.
type Route struct {
	Trial int64
	Agent string
	bench.RouteChosen
}

// routeChosen notes which model takes a turn. What a switch loses is null where there is
// none.
func (r row) routeChosen(p bench.RouteChosen) error {
	facts, err := asJSON(p.Facts)
	if err != nil {
		return err
	}
	var lost any
	if p.From != "" {
		lost = p.ReasoningLost
	}
	err = r.run(insertRoute, r.event, r.trial, r.Agent, p.Turn, p.Model, string(p.By), opt(p.Rule),
		p.Reason, facts, opt(p.From), lost)
	if err != nil {
		return fmt.Errorf("route of turn %d of agent %s: %w", p.Turn, r.Agent, err)
	}
	return nil
}

const selectRoutes = `SELECT trial_id, agent_id, turn, model, chosen_by, coalesce(rule, 0), reason,
		facts, coalesce(previous_model, ''), coalesce(reasoning_lost, 0)
	FROM routes`

func scanRoute(rows *sql.Rows) (r Route, err error) {
	var facts string
	err = rows.Scan(&r.Trial, &r.Agent, &r.Turn, &r.Model, &r.By, &r.Rule, &r.Reason, &facts, &r.From,
		&r.ReasoningLost)
	return r, errors.Join(err, json.Unmarshal([]byte(facts), &r.Facts))
}
