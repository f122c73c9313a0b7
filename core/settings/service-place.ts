/** Where a service is if its config does not say it. */
export const SERVICE_PLACE = { host: '0.0.0.0', port: 12_345, dataDir: './data' }
