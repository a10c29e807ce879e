/** Which secret of this box may go where. */
export { openSecrets, type SecretGrant, type Secrets } from './secrets.ts';
