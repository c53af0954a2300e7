/** What `/version` says. */
export const SERVER_VERSION = { major: '1', minor: '35', gitVersion: 'v1.35.4', platform: 'linux/amd64' } as const
