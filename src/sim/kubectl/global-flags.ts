import type { FlagSpec } from './flags.ts'

const text = (name: string, summary: string, more: Partial<FlagSpec> = {}): FlagSpec => ({
  name,
  type: 'string',
  summary,
  ...more,
})

/** Flags of every command. Those about certificates, tokens and caches are taken and have no effect: the session is already trusted. */
export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  text('namespace', 'Namespace to work in', { shorthand: 'n', meaning: 'namespace' }),
  text('context', 'Context of the kubeconfig to use', { meaning: 'context' }),
  text('cluster', 'Cluster of the kubeconfig to use'),
  text('user', 'User of the kubeconfig to use'),
  text('kubeconfig', 'File of the kubeconfig', { meaning: 'file' }),
  text('server', 'Address of the API server', { shorthand: 's' }),
  text('token', 'Bearer token'),
  text('as', 'User to act as'),
  { name: 'as-group', type: 'stringArray', summary: 'Group to act as' },
  text('as-uid', 'UID to act as'),
  { name: 'as-user-extra', type: 'stringArray', summary: 'Extra of the user to act as' },
  text('certificate-authority', 'Certificate file of the authority'),
  text('client-certificate', 'Client certificate file'),
  text('client-key', 'Client key file'),
  text('tls-server-name', 'Name expected in the server certificate'),
  text('request-timeout', 'Time to wait for one request', { default: '0' }),
  text('cache-dir', 'Cache folder'),
  text('profile', 'Profile to capture', { default: 'none' }),
  text('profile-output', 'File of the profile', { default: 'profile.pprof' }),
  text('kuberc', 'File of the preferences'),
  text('username', 'User of basic authentication'),
  text('password', 'Password of basic authentication'),
  text('vmodule', 'Log levels by file'),
  { name: 'v', shorthand: 'v', type: 'int', default: '0', summary: 'Log level' },
  { name: 'log-flush-frequency', type: 'duration', default: '5s', summary: 'Time between log flushes' },
  { name: 'insecure-skip-tls-verify', type: 'bool', summary: 'Do not check the server certificate' },
  { name: 'match-server-version', type: 'bool', summary: 'Require equal versions of client and server' },
  { name: 'disable-compression', type: 'bool', summary: 'Ask for uncompressed answers' },
  { name: 'warnings-as-errors', type: 'bool', summary: 'Exit with an error when the server warns' },
  { name: 'help', shorthand: 'h', type: 'bool', summary: 'Help on the command' },
]
