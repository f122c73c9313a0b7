import { defineConfig, env } from 'hookline'
import { celery } from 'hookline/executors'
import { github } from 'hookline/sources'

export default defineConfig({
  sources: { github: github({ secret: env('GITHUB_SECRET', { generate: true }) }) },
  programs: {
    deploy: celery({
      broker: env('CELERY_BROKER', { default: 'redis://localhost:6379/0' }),
      backend: env('CELERY_RESULTS', { default: 'redis://localhost:6379/1' }),
      task: 'deploys.run',
      params: ['repository', 'branch'],
    }),
  },
  rules: [{ on: 'github.push', when: 'branch != null && !deleted', run: 'deploy' }],
})
