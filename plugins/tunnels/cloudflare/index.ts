import { defineTunnel } from '../../../core/sdk/tunnel.ts'
import { CloudflareTunnel } from './cloudflare-tunnel.ts'
import { options } from './options.ts'

/**
 * A tunnel of Cloudflare: `cloudflared` connects out to Cloudflare, so no port of this machine has to be open.
 *
 * - Without options: a quick tunnel, without an account, at a new address below trycloudflare.com at each start.
 * - `token` and `hostname`: a tunnel made in the dashboard of Cloudflare. Let its public hostname go to
 *   `http://127.0.0.1:PORT`, where PORT is the option `port`.
 * - `credentialsFile` and `hostname`: a tunnel made by `cloudflared tunnel create`. Only webhooks and `/healthz` of that
 *   hostname go through.
 *
 * The address of the sender is what Cloudflare says in CF-Connecting-IP.
 */
export const cloudflare = defineTunnel({
  name: 'cloudflare',
  summary:
    'A tunnel of Cloudflare by `cloudflared`: quick, without an account, or at a hostname of your own.',
  documentation:
    'https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/',
  options,
  create: (given, context) => new CloudflareTunnel(given, context),
})
