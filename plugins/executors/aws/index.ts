export { sns } from './sns.ts'
export { sqs } from './sqs.ts'
