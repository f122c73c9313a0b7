export { custom } from './custom/index.ts'
export { type GithubPayloads, github } from './github/index.ts'
export { gitlab } from './gitlab/index.ts'
