// A certified OpenID provider (npm `oidc-provider`) on this machine, whose access tokens are JSON Web Tokens for one
// client. `try.sh` beside this file runs it. Written to standard output: its issuer.
//   PUT /rotate   puts a new signing key before the others and restarts the provider under the same address
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const { Provider } = await import(process.env.OIDC_PROVIDER);
const kind = process.env.OIDC_KEY ?? 'RS256';

const makeKey = () => {
  const { privateKey } = kind === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : kind === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519');
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: kind };
};

let keys = [makeKey()];
let provider;

const configured = () => ({
  jwks: { keys },
  enabledJWA: { idTokenSigningAlgValues: [kind] },
  clients: [{
    client_id: 'consultation-staff',
    client_secret: 'of-a-test-alone',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: kind,
  }],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => ({
        audience: resource,
        scope: 'participate',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: kind } },
      }),
    },
  },
  extraTokenClaims: () => ({ groups: ['desk'], name: 'Staff of the desk', email: 'desk@example.org', email_verified: true }),
});

const server = createServer((request, response) => {
  if (request.method === 'PUT' && request.url === '/rotate') {
    keys = [makeKey(), ...keys];
    provider = new Provider(issuer, configured());
    response.end('rotated\n');
    return;
  }
  provider.callback()(request, response);
});
let issuer;
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, configured());
  console.log(issuer);
});
