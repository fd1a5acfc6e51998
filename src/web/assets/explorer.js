// The explorer: writes queries, sends them, shows the answers. What it remembers stays in this tab's session.

import { codeArea, operations, paintJson, queryLayers } from './explorer-editor.js';
import { documentation } from './explorer-docs.js';
import { copyText } from './copy.js';

const $ = (id) => document.getElementById(id);
const { endpoint, examples: examplesJson } = $('console').dataset;
const examples = JSON.parse(examplesJson);
const HISTORY_LENGTH = 30;

// A browser may forbid storage; then nothing is remembered, and everything else works.
const session = {
  get(key) {
    try { return JSON.parse(sessionStorage.getItem(`explorer.${key}`)); } catch { return null; }
  },
  set(key, value) {
    try { sessionStorage.setItem(`explorer.${key}`, JSON.stringify(value)); } catch { /* see above */ }
  },
};

const query = $('query');
const variables = $('variables');
const token = $('token');
const layers = queryLayers(query, $('query-paint'), $('query-lines'));
let running = null;
let pastQueries = session.get('history') ?? [];

const say = (text) => { $('status').textContent = text; };
const size = (bytes) => (bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function load(text, variablesText) {
  query.value = text;
  // Of several operations the first is meant, until the caret says otherwise.
  query.setSelectionRange(0, 0);
  variables.value = variablesText;
  layers.draw();
  keepDraft();
}

function keepDraft() {
  session.set('draft', { query: query.value, variables: variables.value, address: location.search });
}

/** Puts what is written now at the top of the history. */
function remember() {
  const at = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const entry = { query: query.value, variables: variables.value, at };
  const same = (other) => other.query === entry.query && other.variables === entry.variables;
  pastQueries = [entry, ...pastQueries.filter((other) => !same(other))].slice(0, HISTORY_LENGTH);
  session.set('history', pastQueries);
  listHistory();
}

function options(select, first, titles) {
  select.replaceChildren(...[first, ...titles].map((title, index) => {
    const option = document.createElement('option');
    option.value = index === 0 ? '' : index - 1;
    option.textContent = title;
    return option;
  }));
  select.disabled = titles.length === 0;
}

function listHistory() {
  options($('history'), pastQueries.length ? 'Choose…' : 'Nothing yet', pastQueries.map((past) => {
    const [operation] = operations(past.query);
    const text = operation?.name ?? past.query.replace(/\s+/g, ' ').slice(0, 40);
    return `${past.at} ${text}`;
  }));
}

const variablesOf = (example) => (example.variables ? JSON.stringify(example.variables, null, 2) : '');

/** The variables as an object, or null after telling the person what is wrong with them. */
function readVariables() {
  const problem = $('variables-problem');
  let wrong = '';
  let values = {};
  try {
    values = JSON.parse(variables.value.trim() || '{}');
    if (values === null || typeof values !== 'object' || Array.isArray(values)) wrong = 'The variables must be a JSON object, such as {"first": 5}.';
  } catch (error) {
    wrong = `The variables are not valid JSON: ${error.message}`;
  }
  problem.textContent = wrong;
  problem.hidden = wrong === '';
  variables.setAttribute('aria-invalid', String(wrong !== ''));
  return wrong ? null : values;
}

/** The body of a request for the operation at the caret, and that operation. */
function request(values) {
  const all = operations(query.value);
  const operation = all.findLast(({ at }) => at <= query.selectionStart) ?? all[0];
  const body = { query: query.value };
  if (Object.keys(values).length) body.variables = values;
  if (all.length > 1 && operation.name) body.operationName = operation.name;
  return { body, operation };
}

function post(body, signal, accept = 'application/graphql-response+json, application/json;q=0.9') {
  const headers = { accept, 'content-type': 'application/json' };
  if (token.value.trim()) headers.authorization = `Bearer ${token.value.trim()}`;
  return fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit', signal });
}

/** Runs a query of the explorer's own and resolves to its data. */
async function ask(text, values) {
  const response = await post({ query: text, variables: values });
  const answer = await response.json().catch(() => { throw new Error(`the service answered ${response.status} without JSON.`); });
  if (!answer.data) throw new Error(answer.errors?.[0]?.message ?? `the service answered ${response.status}.`);
  return answer.data;
}

function showErrors(errors) {
  $('errors').hidden = !errors?.length;
  $('errors').replaceChildren(...(errors ?? []).slice(0, 10).map((error) => {
    const item = document.createElement('li');
    const [at] = error.locations ?? [];
    const more = [error.extensions?.code, at && `line ${at.line}, column ${at.column}`].filter(Boolean).join(', ');
    item.textContent = more ? `${error.message} (${more})` : error.message;
    return item;
  }));
  layers.mark((errors ?? []).flatMap((error) => error.locations ?? []).map(({ line }) => line));
}

function show(text) {
  try {
    const answer = JSON.parse(text);
    paintJson($('response'), JSON.stringify(answer, null, 2));
    showErrors(Array.isArray(answer.errors) ? answer.errors : null);
  } catch {
    $('response').textContent = text;
    showErrors(null);
  }
}

/** Shows each event of a subscription as it comes, the newest alone. */
async function follow(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  // What was answered before is no event.
  show('');
  say('Listening. Nothing has come yet; Stop ends it.');
  for (let count = 0; ;) {
    const { value, done } = await reader.read();
    if (done) return say(`The subscription has ended after ${count} events.`);
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split(/\r?\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart()).join('\n');
      if (!data) continue;
      count += 1;
      show(data);
      say(`Listening: event ${count} at ${new Date().toLocaleTimeString()}. Stop ends it.`);
    }
  }
}

async function run() {
  if (running) return running.abort();
  const values = readVariables();
  if (!values) return say('Not sent: put the variables right first.');
  if (!query.value.trim()) return say('Not sent: there is no query.');
  const { body, operation } = request(values);
  remember();
  running = new AbortController();
  $('run').textContent = 'Stop';
  $('response').setAttribute('aria-busy', 'true');
  say('Waiting for the answer…');
  const started = performance.now();
  try {
    const response = await post(body, running.signal, operation?.type === 'subscription' ? 'text/event-stream' : undefined);
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) return await follow(response);
    const text = await response.text();
    const took = Math.round(performance.now() - started);
    show(text);
    say(`${`${response.status} ${response.statusText}`.trim()} · ${took} ms · ${size(new TextEncoder().encode(text).length)}`);
  } catch (error) {
    say(error.name === 'AbortError' ? 'Stopped.' : `No answer: ${error.message}. Is the service running, and are you connected to it?`);
  } finally {
    running = null;
    $('run').textContent = 'Run';
    $('response').setAttribute('aria-busy', 'false');
  }
}

function curl(values) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const { body, operation } = request(values);
  return [
    `curl ${quoted(new URL(endpoint, location.href).href)}`,
    ...(operation?.type === 'subscription' ? ["--no-buffer -H 'accept: text/event-stream'"] : []),
    "-H 'content-type: application/json'",
    ...(token.value.trim() ? ['-H "authorization: Bearer $TOKEN"'] : []),
    `--data-raw ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n  ');
}

async function copyCurl() {
  const values = readVariables();
  if (!values) return say('Not copied: put the variables right first.');
  const note = token.value.trim() ? ' Set TOKEN to your access token before you run it; it is not in the copy.' : '';
  say((await copyText(curl(values))) ? `Copied as a curl command.${note}` : 'The browser did not allow copying.');
}

async function copyLink() {
  const parameters = new URLSearchParams({ query: query.value });
  if (variables.value.trim()) parameters.set('variables', variables.value);
  const link = `${location.origin}${location.pathname}?${parameters}`;
  say((await copyText(link)) ? 'Copied a link to this query. It holds the variables and no token.' : 'The browser did not allow copying.');
}

function setToken(value) {
  token.value = value;
  session.set('token', value);
  let state = value ? 'with a token' : 'no';
  try {
    const claims = JSON.parse(atob(value.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    const until = new Date(claims.exp * 1000);
    if (claims.exp) state = until < new Date() ? `no longer, the token expired at ${until.toLocaleString()}` : `until ${until.toLocaleString()}`;
  } catch { /* not every token can be read */ }
  $('session-state').textContent = state;
}

/** Takes a token out of the address, where it must not stay. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!given) return false;
  history.replaceState(null, '', location.pathname + location.search);
  setToken(given);
  return true;
}

const docs = documentation({ search: $('docs-search'), status: $('docs-status'), path: $('docs-path'), body: $('docs-body'), ask });

function toggleDocs(open) {
  $('docs').hidden = !open;
  $('panes').classList.toggle('with-docs', open);
  $('docs-toggle').setAttribute('aria-expanded', String(open));
  session.set('docs', open);
  if (open) docs.load();
}

/** What the page opens with: the address, else what was being written, else the first example, which is run. */
function begin() {
  const signedIn = takeToken();
  if (!signedIn) setToken(session.get('token') ?? '');
  const address = new URLSearchParams(location.search);
  const draft = session.get('draft');
  if (draft?.address === location.search && draft.query.trim()) load(draft.query, draft.variables);
  else if (address.has('query')) load(address.get('query'), address.get('variables') ?? '');
  else if (examples.length) load(examples[0].query, variablesOf(examples[0]));
  else layers.draw();
  // A link can carry any query, so only one of ours runs unasked, and only if it reads.
  const ours = examples.length > 0 && query.value === examples[0].query && variables.value === variablesOf(examples[0]);
  if (ours) $('examples').value = '0';
  if (ours && operations(query.value).every(({ type }) => type === 'query')) run();
  else if (query.value) say('Not run yet: press Run, or Ctrl or ⌘ with Enter.');
  if (signedIn) $('session').open = true;
}

options($('examples'), 'Choose…', examples.map(({ title }) => title));
listHistory();
codeArea(query);
codeArea(variables);
toggleDocs(session.get('docs') === true);
$('console').hidden = false;

$('run').addEventListener('click', () => {
  run();
  // Where the panes stand one below the other, the answer would come out of sight.
  if (running) $('response-title').scrollIntoView({ block: 'nearest' });
});
$('copy-curl').addEventListener('click', copyCurl);
$('copy-link').addEventListener('click', copyLink);
$('docs-toggle').addEventListener('click', () => {
  toggleDocs($('docs').hidden);
  if (!$('docs').hidden) $('docs-search').focus();
});
for (const [select, entries] of [[$('examples'), () => examples.map((e) => ({ ...e, variables: variablesOf(e) }))], [$('history'), () => pastQueries]]) {
  select.addEventListener('change', () => {
    const entry = entries()[select.value];
    if (!entry) return;
    const chosen = select.value;
    if (query.value.trim() && !examples.some((example) => example.query === query.value)) remember();
    load(entry.query, entry.variables);
    $('examples').value = select.id === 'examples' ? chosen : '';
    say('Loaded. Press Run, or Ctrl or ⌘ with Enter.');
  });
}
for (const area of [query, variables]) {
  area.addEventListener('input', () => {
    $('examples').value = '';
    $('history').value = '';
    keepDraft();
  });
}
$('console').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.target.form) return;
  event.preventDefault();
  if (!running) run();
});
token.addEventListener('input', () => setToken(token.value.trim()));
$('sign-out').addEventListener('click', () => setToken(''));
window.addEventListener('hashchange', () => { if (takeToken()) say('You are signed in.'); });

begin();
