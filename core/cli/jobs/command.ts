import { Command } from 'commander'
import type { JobView } from '../../api/jobs/routes.ts'
import { apiPath } from '../api-client.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable } from '../tables.ts'
import { jobText, progressText } from './start-job.ts'

/** `hookline jobs` */
export function jobsCommand(): Command {
  const list = new Command('list').description('list the jobs, newest first')
  const show = new Command('show')
    .description('show a job and how far it has come')
    .argument('<id>', 'id of the job')
  const cancel = new Command('cancel')
    .description('end a job; what it has done stays done')
    .argument('<id>', 'id of the job')
  return new Command('jobs')
    .addCommand(withServiceOptions(list).action(listJobs), { isDefault: true })
    .addCommand(
      withServiceOptions(show).action((id: string, options: ServiceOptions) =>
        printAnswer(options, (client) => client.get<JobView>(apiPath`/api/jobs/${id}`), jobText),
      ),
    )
    .addCommand(
      withServiceOptions(cancel).action((id: string, options: ServiceOptions) =>
        printAnswer(
          options,
          (client) => client.post<JobView>(apiPath`/api/jobs/${id}/cancel`),
          jobText,
        ),
      ),
    )
}

function listJobs(options: ServiceOptions): Promise<void> {
  return printAnswer(
    options,
    (client) => client.get<{ jobs: readonly JobView[] }>('/api/jobs'),
    ({ jobs }) => (jobs.length === 0 ? 'No jobs.\n' : jobsTable(jobs)),
  )
}

function jobsTable(jobs: readonly JobView[]): string {
  return itemTable(jobs, {
    JOB: ({ id }) => id,
    ACTION: ({ action }) => action,
    STATE: ({ state }) => state,
    PROGRESS: progressText,
    FAILED: ({ failed }) => failed,
    BY: ({ createdBy }) => createdBy,
    CREATED: ({ createdAt }) => createdAt,
  })
}
