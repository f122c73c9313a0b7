import { defineConfig, env } from 'hookline'
import { http, subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'

export default defineConfig({
  sources: { custom: custom({ token: env('CUSTOM_TOKEN', { generate: true }) }) },
  programs: {
    deploy: subprocess({
      command: ['python3', './deploy.py'],
      params: ['target'],
      retry: { attempts: 1 },
    }),
    slack: http({
      url: env('SLACK_WEBHOOK_URL'),
      body: {
        json: {
          text: '{program} failed',
          blocks: [
            {
              type: 'section',
              text: { type: 'plain_text', text: '{program} failed on {node}: {reason}' },
            },
            {
              type: 'context',
              elements: [{ type: 'plain_text', text: 'hookline logs {task}' }],
            },
          ],
        },
      },
    }),
  },
  rules: [
    { on: 'custom.deploy', run: 'deploy' },
    { on: 'hookline.task.dead', run: 'slack' },
  ],
})
