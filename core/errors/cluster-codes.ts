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
} as const satisfies Record<string, ErrorEntry>
