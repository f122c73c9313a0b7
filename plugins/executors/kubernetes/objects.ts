// What is read of the objects of the API: https://kubernetes.io/docs/reference/kubernetes-api/

interface Metadata {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly creationTimestamp: string
  /** When its grace period ends, if it is being deleted. */
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
}

export interface Job {
  readonly metadata: Metadata
  readonly status?: {
    readonly conditions?: readonly Condition[]
    /** Numbers of pods. */
    readonly active?: number
    readonly succeeded?: number
    readonly failed?: number
  }
}

export interface Pod {
  readonly metadata: Metadata
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

export interface ContainerStatus {
  readonly name: string
  readonly state?: {
    readonly waiting?: Waiting
    readonly running?: object
    readonly terminated?: Terminated
  }
}

export interface Waiting {
  readonly reason?: string
  readonly message?: string
}

export interface Terminated {
  readonly exitCode: number
  readonly reason?: string
  readonly message?: string
}

/** Name of the container that runs the program. */
export const CONTAINER = 'program'
/** The label that every version gives to the pods of a Job. */
const JOB_NAME_LABEL = 'job-name'

/** What finds a Job again: `namespace/name`. */
export function refOf(object: Job): string {
  return `${object.metadata.namespace}/${object.metadata.name}`
}

/** The ref of the Job of a pod. */
export function refOfPod({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.labels?.[JOB_NAME_LABEL] ?? ''}`
}

/** The parts of a ref. */
export function parseRef(ref: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = ref.split('/')
  return { namespace, name }
}

/** Selects the pods of one Job. */
export function podsOfJob(name: string): string {
  return `${JOB_NAME_LABEL}=${name}`
}

/** Whether the cluster has made a pod for it yet, as far as it knows. */
export function hasHadPods({ status = {} }: Job): boolean {
  const { active = 0, succeeded = 0, failed = 0, conditions = [] } = status
  return active + succeeded + failed + conditions.length > 0
}

/** The state of the program's container; undefined before the cluster has one. */
export function programState({ status }: Pod): ContainerStatus['state'] {
  return status?.containerStatuses?.find(({ name }) => name === CONTAINER)?.state
}

/** The condition, if it is true. */
export function trueCondition(object: Job | Pod, type: string): Condition | undefined {
  return object.status?.conditions?.find((one) => one.type === type && one.status === 'True')
}
