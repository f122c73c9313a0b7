import { spawnSync } from 'node:child_process'
import { PYTHON } from '../../../e2e/service.ts'
import { skipReason } from '../../../requirements.ts'

/** Why tests with real Celery workers are skipped; null if they can run. */
export function missingCelery(): string | null {
  const { status } = spawnSync(PYTHON, ['-c', 'import celery, redis, sqlalchemy'])
  const missing = `${PYTHON} cannot import celery, redis and sqlalchemy`
  return skipReason('celery', status === 0 ? null : missing)
}
