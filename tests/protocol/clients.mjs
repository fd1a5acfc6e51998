// The clients that people use for live updates, npm `graphql-ws` and `graphql-sse`, and each fault that closes a socket with a
// code of its own, against an endpoint that has the demonstration.
//   node clients.mjs ENDPOINT ADMINISTRATORS-SIGN-IN-LINK
import { createClient as overSocket } from 'graphql-ws';
import { createClient as overEvents } from 'graphql-sse';
import WebSocket from 'ws';

const [endpoint, link] = process.argv.slice(2);
const socket = endpoint.replace(/^http/, 'ws');
const PATIENCE = 20_000;
let failed = 0;

async function expect(what, run) {
  let timer;
  const late = new Promise((_, refuse) => {
    timer = setTimeout(() => refuse(new Error('nothing came')), PATIENCE);
  });
  try {
    await Promise.race([run(), late]);
    console.log(`ok    ${what}`);
  } catch (error) {
    failed += 1;
    console.error(`FAIL  ${what}: ${error.message ?? (error.code ? `${error.code} ${error.reason}` : JSON.stringify(error))}`);
  } finally {
    clearTimeout(timer);
  }
}

function equal(is, shouldBe) {
  const [left, right] = [JSON.stringify(is), JSON.stringify(shouldBe)];
  if (left !== right) throw new Error(`${left} is not ${right}`);
}

async function ask(query, variables, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const { signIn } = await ask(
  'mutation($token: String!) { signIn(input: { token: $token }) { session { accessToken } } }',
  { token: new URL(link).searchParams.get('token') },
);
const administrator = signIn.session.accessToken;
const { documents } = await ask('{ documents(first: 1) { nodes { id } } }');
const document = documents.nodes[0].id;
// Comments of this document are shown at once.
await ask(
  'mutation($id: ID!) { setDocumentPolicies(input: { documentId: $id, moderation: POST }) { errors { message } } }',
  { id: document },
  administrator,
);

const COMMENTS = { query: 'subscription($id: ID!) { commentPublished(documentId: $id) { id body { plain } } }', variables: { id: document } };
const SUBMIT =
  'mutation($id: ID!, $body: String!) { submitComment(input: { targetId: $id, body: $body, author: { name: "A reader", email: "reader@example.org" } }) { comment { id } errors { message } } }';
const submit = (body) => ask(SUBMIT, { id: document, body });

// What a subscription brings first, when `trigger` is called as soon as it can be heard.
async function first(client, trigger) {
  const values = client.iterate(COMMENTS);
  const next = values.next();
  // Nothing tells when a subscription is heard; a comment a second is, at last.
  const calling = setInterval(trigger, 1000);
  try {
    return (await next).value;
  } finally {
    clearInterval(calling);
    await values.return();
  }
}

const ws = (more) => overSocket({ url: socket, webSocketImpl: WebSocket, retryAttempts: 0, ...more });

await expect('graphql-ws hears of a comment', async () => {
  const client = ws();
  const { data, errors } = await first(client, () => submit(`Over a socket, at ${Date.now()}.`));
  equal(errors, undefined);
  equal(data.commentPublished.body.plain.startsWith('Over a socket'), true);
  await client.dispose();
});

await expect('graphql-sse hears of a comment', async () => {
  const client = overEvents({ url: endpoint, retryAttempts: 0 });
  const { data, errors } = await first(client, () => submit(`Over events, at ${Date.now()}.`));
  equal(errors, undefined);
  equal(data.commentPublished.body.plain.startsWith('Over events'), true);
  client.dispose();
});

await expect('graphql-ws asks and writes over a socket', async () => {
  const client = ws({ connectionParams: { authorization: `Bearer ${administrator}` } });
  const one = async (query, variables) => {
    for await (const answer of client.iterate({ query, variables })) return answer;
  };
  const { data } = await one('{ viewer { roles { role } } }');
  equal(data.viewer.roles.some(({ role }) => role === 'ADMINISTRATOR'), true);
  const written = await one(SUBMIT, { id: document, body: 'Written over a socket.' });
  equal(written.data.submitComment.errors, []);
  await client.dispose();
});

await expect('graphql-ws is told what is wrong with an operation', async () => {
  const client = ws();
  const refused = await new Promise((hear) => client.subscribe({ query: '{ nothing }' }, { next: hear, error: hear, complete() {} }));
  equal(Array.isArray(refused), true);
  equal(refused[0].extensions.code, 'BAD_REQUEST');
  await client.dispose();
});

await expect('graphql-sse is told what is for moderators', async () => {
  const client = overEvents({ url: endpoint, retryAttempts: 0 });
  const query = 'subscription($id: ID!) { moderationCountsChanged(documentId: $id) { waiting } }';
  const heard = await new Promise((hear) =>
    client.subscribe({ query, variables: { id: document } }, { next: hear, error: hear, complete: hear }),
  );
  equal(JSON.stringify(heard.errors ?? heard.message ?? heard).includes('UNAUTHENTICATED') || heard.response?.status === 401, true);
  client.dispose();
});

// Opens a socket, says these things, and gives the code it is closed with.
function closes(protocol, ...says) {
  return new Promise((tell, fail) => {
    const raw = new WebSocket(socket, protocol);
    raw.on('open', () => says.forEach((message) => raw.send(typeof message === 'string' ? message : JSON.stringify(message))));
    raw.on('close', (code) => tell(code));
    raw.on('error', fail);
  });
}

const SPOKEN = 'graphql-transport-ws';
const INIT = { type: 'connection_init' };
const subscribe = (id) => ({ id, type: 'subscribe', payload: COMMENTS });
for (const [what, code, ...says] of [
  ['what is no message', 4400, 'nonsense'],
  ['an operation before the beginning', 4401, subscribe('a')],
  ['a token that is none', 4403, { ...INIT, payload: { authorization: 'Bearer nonsense' } }],
  ['a socket that never begins', 4408],
  ['an id that is in use', 4409, INIT, subscribe('a'), subscribe('a')],
  ['a second beginning', 4429, INIT, INIT],
]) {
  await expect(`${code} closes ${what}`, async () => equal(await closes(SPOKEN, ...says), code));
}
await expect('the protocol of old is not spoken', async () => {
  equal(await closes('graphql-ws', INIT).catch(({ message }) => message), 'Server sent no subprotocol');
});

process.exit(failed === 0 ? 0 : 1);
