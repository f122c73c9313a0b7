export { addressOf, hostOf, type RedisAddress } from './address.ts'
export { connectRedis, createRedis, type RedisClient } from './client.ts'
export { isDemoted, type RedisTarget, replyFault } from './faults.ts'
