export * from './executor.ts'
export * from './make-run.ts'
