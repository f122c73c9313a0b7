/** Due time of a parked task, so that no claim finds it. Its own due time is kept beside. */
export const NEVER = Number.MAX_SAFE_INTEGER
