import { defineConfig, env } from 'hookline'
import { email, subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'

export default defineConfig({
  sources: { custom: custom({ token: env('CUSTOM_TOKEN', { generate: true }) }) },
  programs: {
    deploy: subprocess({
      command: ['python3', './deploy.py'],
      params: ['target'],
      retry: { attempts: 1 },
    }),
    mail: email({
      smtp: { url: env('SMTP_URL') },
      from: 'Hookline <hooks@example.com>',
      to: env('ALERTS_TO'),
      subject: '{program} failed',
      text: '{program} failed on {node} after {attempts} attempt(s): {reason}\n\nThe end of its output:\n\n{payload.output}\n\nMore: hookline logs {task}\n',
    }),
  },
  rules: [
    { on: 'custom.deploy', run: 'deploy' },
    { on: 'hookline.task.dead', run: 'mail' },
  ],
})
