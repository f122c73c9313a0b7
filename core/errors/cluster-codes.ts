import type { ErrorEntry } from './entry.ts'

/** Codes of programs that run as Jobs of a Kubernetes cluster. */
export const CLUSTER_ERRORS = {
  cluster_unreachable: {
    title: 'The API server of the cluster cannot be used',
    remedy: 'Check `kubeconfig`, `context`, and that this node reaches the API server.',
  },
  cluster_access_refused: {
    title: 'The cluster refuses the credentials, or lacks a permission for them',
    remedy: 'Grant the Role of docs/kubernetes.md to the user or service account of this node.',
  },
  namespace_missing: {
    title: 'The namespace of a program does not exist',
    remedy: 'Create it, or correct `namespace`.',
  },
  job_refused: {
    title: 'The cluster does not take the Job of a program',
    remedy: 'Correct the option that the message names.',
  },
  job_lost: {
    title: 'The cluster ended a run, or removed it',
    remedy: 'The task is tried again. The program may have run in part.',
  },
} as const satisfies Record<string, ErrorEntry>
