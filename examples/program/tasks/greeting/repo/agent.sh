# An agent of another program, as small as one can be: it asks its model what to do, hands
# that to a smaller model, writes down what comes back, and reports. It speaks chat
# completions with curl, and knows nothing of bench but the variables it is given.

# ask ALIAS REQUEST prints an answer.
ask() {
	curl -sSf "$OPENAI_BASE_URL/chat/completions" -H 'Content-Type: application/json' \
		-H "Authorization: Bearer $OPENAI_API_KEY$1" -d "$2"
}

issue=$(tr -d '"\\' <"$BENCH_PROBLEM_STATEMENT_FILE" | tr '\n' ' ')
task='{"role":"user","content":"'$issue'"}'
tools='[{"type":"function","function":{"name":"delegate","parameters":{"type":"object"}}}]'

answer=$(ask '' '{"model":"'$BENCH_MODEL'","tools":'$tools',"messages":['"$task"']}') || exit
message=$(echo "$answer" | sed 's/.*"message":\(.*\)}\],"created".*/\1/')
prompt=$(echo "$answer" | sed 's/.*\\"prompt\\":\\"\([^\\]*\).*/\1/')

answer=$(ask .writer '{"model":"'$BENCH_SMALL_MODEL'","messages":[{"role":"user","content":"'"$prompt"'"}]}') || exit
greeting=$(echo "$answer" | sed 's/.*"content":"\([^"]*\)".*/\1/')
echo "$greeting" >greeting

result='{"role":"tool","tool_call_id":"call_1","content":"It says '$greeting' now."}'
ask '' '{"model":"'$BENCH_MODEL'","tools":'$tools',"messages":['"$task,$message,$result"']}'
