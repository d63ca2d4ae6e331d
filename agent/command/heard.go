package command

import (
	"encoding/json"

	"bench/agent/command/acp"
)

// Told implements acp.Peer.
func (u *turn) Told(method string, params json.RawMessage) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if method == "$/cancel_request" { // every request is answered at once
		return
	}
	update, ok := acp.ParseUpdate(params)
	if method != "session/update" || !ok {
		u.odd.unknown(method)
		return
	}
	switch update.Kind {
	case acp.UpdateUser, acp.UpdateMessage, acp.UpdateThought:
		u.transcript.chunk(update)
	case acp.UpdateTool, acp.UpdateToolMore:
		u.hear(update, "")
	case acp.UpdatePlan:
		u.transcript.plan(update.Plan())
	case acp.UpdateMode:
		u.transcript.line("mode: " + oneLine(update.Mode()))
	case acp.UpdateUsage:
		usage := update.Usage()
		u.usage = &usage
	case acp.UpdateCommands, acp.UpdateOptions, acp.UpdateInfo: // for menus of editors
	default:
		u.odd.unknown(string(update.Kind))
	}
}

// hear takes what the program says of a tool call. It holds the lock.
func (u *turn) hear(update acp.Update, permission string) {
	call, news := u.toolCalls.hear(update, permission)
	switch {
	case call == nil:
		u.odd.unknown(string(update.Kind) + " without a toolCallId that can be used")
	case news:
		u.transcript.tool(call)
	}
}

// Asked implements acp.Peer. Permission is all that can be asked for.
func (u *turn) Asked(method string, params json.RawMessage) (any, *acp.Error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if method != "session/request_permission" {
		u.odd.refused(method)
		return nil, acp.NotServed(method)
	}
	request, bad := acp.ParseRequest(params)
	if bad != nil {
		return nil, bad
	}
	if u.cancelled {
		return acp.Selected(nil), nil
	}
	option := request.Choose(u.configuration.Command.ACP.Permission)
	answer := "cancelled"
	if option == nil {
		u.odd.unanswerable++
	} else {
		answer = option.Kind
	}
	u.hear(request.Tool, answer)
	return acp.Selected(option), nil
}

// Stray implements acp.Peer.
func (u *turn) Stray(line []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.odd.stray(line)
}
