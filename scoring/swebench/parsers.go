package swebench

import (
	"fmt"

	"bench"
)

// input is what a parser may know besides the log.
type input struct {
	rules      Rules
	instanceID string
	version    string
}

// A parser fills m from the text of a log. An error means that the official
// parser raises an exception on this log: the instance has no verdict.
type parser func(in input, log string, m *StatusMap) error

// parserEntry is a row of the table: a parser and whether version 4.1.0 of the
// harness had it.
type parserEntry struct {
	parse parser
	inV4  bool
}

// parserTable returns every parser by its official name, the aliases of single
// repositories included.
func parserTable() map[string]parserEntry {
	return map[string]parserEntry{
		"parse_log_pytest":         {parsePytest, true},
		"parse_log_astroid":        {parsePytest, true},
		"parse_log_flask":          {parsePytest, true},
		"parse_log_marshmallow":    {parsePytest, true},
		"parse_log_pvlib":          {parsePytest, true},
		"parse_log_pyvista":        {parsePytest, true},
		"parse_log_sqlfluff":       {parsePytest, true},
		"parse_log_xarray":         {parsePytest, true},
		"parse_log_pytest_options": {parsePytestOptions, true},
		"parse_log_pydicom":        {parsePytestOptions, true},
		"parse_log_requests":       {parsePytestOptions, true},
		"parse_log_pylint":         {parsePytestOptions, true},
		"parse_log_pytest_v2":      {parsePytestV2, true},
		"parse_log_astropy":        {parsePytestV2, true},
		"parse_log_scikit":         {parsePytestV2, true},
		"parse_log_sphinx":         {parsePytestV2, true},
		"parse_log_matplotlib":     {parseMatplotlib, true},
		"parse_log_seaborn":        {parseSeaborn, true},
		"parse_log_sympy":          {parseSympy, true},
		"parse_log_django":         {parseDjango, true},
		"parse_log_gotest":         {parseGotest, true},

		"parse_log_cargo":                  {parseCargo, true},
		"parse_log_redis":                  {parseRedis, true},
		"parse_log_jq":                     {parseJq, true},
		"parse_log_doctest":                {parseDoctest, true},
		"parse_log_micropython_test":       {parseMicropython, true},
		"parse_log_googletest":             {parseGoogletest, true},
		"parse_log_maven":                  {parseMaven, true},
		"parse_log_ant":                    {parseAnt, true},
		"parse_log_gradle_custom":          {parseGradleCustom, true},
		"parse_log_phpunit":                {parsePhpunit, true},
		"parse_log_minitest":               {parseMinitest, true},
		"parse_log_cucumber":               {parseCucumber, true},
		"parse_log_ruby_unit":              {parseRubyUnit, true},
		"parse_log_rspec_transformed_json": {parseRspec, true},
		"parse_log_jekyll":                 {parseJekyll, true},

		"parse_log_jest":         {parseJest, true},
		"parse_log_jest_json":    {parseJestJSON, true},
		"parse_log_vitest":       {parseVitest, true},
		"parse_log_tap":          {parseTap, true},
		"parse_log_immutable_js": {parseImmutableJS, true},
		"parse_log_karma":        {parseKarma, true},
		"parse_log_react_pdf":    {parseCarbon, true},
		"parse_log_calypso":      {parseCalypso, true},
		"parse_log_chart_js":     {parseChartJS, true},
		"parse_log_marked":       {parseMarked, true},
		"parse_log_p5js":         {parseP5js, true},
		"parse_log_carbon":       {parseCarbon, false},
		"parse_log_grommet":      {parseGrommet, false},
		"parse_log_highlightjs":  {parseHighlightJS, false},
		"parse_log_lighthouse":   {parseLighthouse, false},
		"parse_log_next":         {parseNext, false},
		"parse_log_prismjs":      {parsePrism, false},
		"parse_log_quarto_cli":   {parseQuarto, false},
		"parse_log_eslint":       {parseEslint, false},
		"parse_log_bpmn_js":      {parseBpmnJS, false},
		"parse_log_openlayers":   {parseOpenlayers, false},

		parserTestsJSON: {parseTestsJSON, true}, // no official one: for Judging.Rule
	}
}

var parsers = parserTable()

// Parse reads the status map out of the text of a log with the named parser.
// Some parsers look at the task's instance id or version. An error is what the
// official parser answers with an exception, or a parser that these rules do
// not have.
func Parse(name string, rules Rules, task bench.Task, log string) (StatusMap, error) {
	var m StatusMap
	parse, err := lookup(name, rules)
	if err != nil {
		return m, err
	}
	in := input{rules: rules, instanceID: task.InstanceID, version: task.Version}
	if err := parse(in, log, &m); err != nil {
		return StatusMap{}, fmt.Errorf("parse log of %s with %s: %w", task.InstanceID, name, err)
	}
	return m, nil
}

// lookup returns the named parser, if these rules have it.
func lookup(name string, rules Rules) (parser, error) {
	e, ok := parsers[name]
	if !ok || rules == V4 && !e.inV4 {
		return nil, fmt.Errorf("log parser %q: unknown under rules %s", name, rules)
	}
	return e.parse, nil
}
