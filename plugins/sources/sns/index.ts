import { fetchText } from '../../../core/sdk/source.ts'
import { defineSns } from './define.ts'

/** Messages of AWS SNS topics. SNS signs for everybody, so `topics` says whose messages are accepted. */
export const sns = defineSns(fetchText)
