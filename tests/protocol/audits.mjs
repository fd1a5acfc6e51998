// Runs every audit of the GraphQL-over-HTTP specification against an endpoint, and fails unless all of them pass: what the
// specification only recommends as well.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
const failed = results.filter(({ status }) => status !== 'ok');
for (const { name, status, reason } of failed) console.error(`${status}  ${name}: ${reason}`);
console.log(`${results.length - failed.length} of ${results.length} audits passed`);
process.exit(results.length >= 61 && failed.length === 0 ? 0 : 1);
