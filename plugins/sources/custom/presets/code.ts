import { type PresetTable, SECRET } from './preset.ts'

/** Senders of code, builds, artifacts and infrastructure. */
export const CODE_PRESETS = {
  azuredevops: {
    title: 'Azure DevOps',
    documentation: 'https://learn.microsoft.com/en-us/azure/devops/service-hooks/services/webhooks',
    setup:
      'In the project settings, under Service hooks, add a subscription of Web Hooks with the URL. The basic authentication username is `hookline`, its password the secret.',
    generates: true,
    options: {
      basic: { username: 'hookline', password: SECRET },
      type: { path: 'eventType' },
      id: { path: 'id' },
    },
  },
  discourse: {
    title: 'Discourse',
    documentation:
      'https://meta.discourse.org/t/configure-webhooks-that-trigger-on-discourse-events-to-integrate-with-external-services/49045',
    setup: 'Under Admin > Advanced > Webhooks, add a webhook with the URL and the secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-Discourse-Event-Signature', prefix: 'sha256=' },
      type: { header: 'X-Discourse-Event' },
      id: { header: 'X-Discourse-Event-Id' },
    },
  },
  ghost: {
    title: 'Ghost',
    documentation: 'https://docs.ghost.org/webhooks',
    setup:
      'Under Settings > Integrations, add a custom integration, and a webhook with the URL and the secret for each event. Ghost does not name the event: use a source for each.',
    generates: true,
    options: {
      hmac: {
        secret: SECRET,
        header: 'X-Ghost-Signature',
        prefix: 'sha256=',
        separator: ',',
        timestamp: { prefix: 't=', unit: 'ms' },
        template: '{body}{timestamp}',
      },
    },
  },
  gitee: {
    title: 'Gitee',
    documentation: 'https://gitee.com/help/articles/4186',
    setup:
      'In the settings of the repository, under WebHooks, add a webhook with the URL and the secret as its password.',
    generates: true,
    options: {
      token: SECRET,
      tokenHeader: 'X-Gitee-Token',
      type: { header: 'X-Gitee-Event' },
    },
  },
  gogs: {
    title: 'Gogs',
    documentation: 'https://gogs.io/docs/features/webhook',
    setup:
      'In the settings of the repository, under Webhooks, add a Gogs webhook with the URL, JSON and the secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-Gogs-Signature' },
      type: { header: 'X-Gogs-Event' },
      id: { header: 'X-Gogs-Delivery' },
    },
  },
  harbor: {
    title: 'Harbor',
    documentation:
      'https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/',
    setup:
      'In the project, under Webhooks, add a webhook with the URL and the secret as its auth header.',
    generates: true,
    options: {
      token: SECRET,
      tokenHeader: 'Authorization',
      type: { path: 'type' },
    },
  },
  heroku: {
    title: 'Heroku',
    documentation: 'https://devcenter.heroku.com/articles/app-webhooks',
    setup:
      'Add the webhook with `heroku webhooks:add --url URL --secret SECRET --include api:release --level notify`.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'Heroku-Webhook-Hmac-SHA256', encoding: 'base64' },
      type: { path: 'webhook_metadata.event.include' },
      id: { path: 'webhook_metadata.event.id' },
    },
  },
  jfrog: {
    title: 'JFrog Artifactory',
    documentation: 'https://docs.jfrog.com/integrations/docs/predefined-webhooks',
    setup:
      'Under Administration > Webhooks, add a webhook with the URL and the secret as its secret token. Choose to use the secret for signing, so that it is not sent.',
    generates: true,
    options: {
      anyOf: [
        { hmac: { secret: SECRET, header: 'X-JFrog-Event-Auth' } },
        { token: SECRET, tokenHeader: 'X-JFrog-Event-Auth' },
      ],
      type: { path: 'event_type' },
    },
  },
  netbox: {
    title: 'NetBox',
    documentation: 'https://netboxlabs.com/docs/netbox/integrations/webhooks/',
    setup:
      'Under Operations > Integrations, add a webhook with the URL and the secret, and an event rule for it.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-Hook-Signature', algorithm: 'sha512' },
      type: { path: 'event' },
      facts: { model: 'model', username: 'username', id: 'data.id', name: 'data.name' },
    },
  },
  netlify: {
    title: 'Netlify',
    documentation: 'https://docs.netlify.com/deploy/deploy-notifications/#payload-signature',
    setup:
      'Under Notifications > Emails and webhooks, add an HTTP POST request with the URL and the secret as its JWS secret token.',
    generates: true,
    options: {
      jwt: {
        header: 'X-Webhook-Signature',
        algorithms: ['HS256'],
        secret: SECRET,
        issuer: 'netlify',
        body: { claim: 'sha256' },
      },
      type: { header: 'X-Netlify-Event', path: 'state' },
    },
  },
  quay: {
    title: 'Quay',
    documentation: 'https://docs.quay.io/guides/notifications.html',
    setup:
      'In the settings of the repository, add a notification of Webhook POST with the URL, and `?token=` with the secret at its end.',
    generates: true,
    options: { token: SECRET, tokenQuery: 'token', type: { default: 'push' } },
  },
  sanity: {
    title: 'Sanity',
    documentation: 'https://www.sanity.io/docs/webhooks',
    setup: 'In the project, under API > Webhooks, add a webhook with the URL and the secret.',
    generates: true,
    options: {
      hmac: {
        secret: SECRET,
        header: 'sanity-webhook-signature',
        encoding: 'base64url',
        prefix: 'v1=',
        separator: ',',
        timestamp: { prefix: 't=', unit: 'ms' },
      },
      type: { header: 'sanity-operation', default: 'change' },
      id: { header: 'idempotency-key' },
    },
  },
  sonarqube: {
    title: 'SonarQube',
    documentation:
      'https://docs.sonarsource.com/sonarqube-server/latest/project-administration/webhooks/',
    setup: 'Under Administration > Webhooks, add a webhook with the URL and the secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-Sonar-Webhook-HMAC-SHA256' },
      type: { default: 'analysis' },
      id: { path: 'taskId' },
      facts: {
        project: 'project.key',
        branch: 'branch.name',
        status: 'status',
        quality_gate: 'qualityGate.status',
        revision: 'revision',
      },
    },
  },
  terraform: {
    title: 'HCP Terraform',
    documentation:
      'https://developer.hashicorp.com/terraform/cloud-docs/api-docs/notification-configurations',
    setup:
      'In the settings of the workspace, under Notifications, add a webhook with the URL and the secret as its token.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-TFE-Notification-Signature', algorithm: 'sha512' },
      type: { path: 'notifications.0.trigger' },
      facts: {
        workspace: 'workspace_name',
        organization: 'organization_name',
        run: 'run_id',
        status: 'notifications.0.run_status',
      },
    },
  },
} satisfies PresetTable
