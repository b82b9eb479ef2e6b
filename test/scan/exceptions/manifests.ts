import type { Exception } from '../exceptions.ts';

/** What the scanners find in dist/. */
export const manifests: readonly Exception[] = [
  {
    rules: {
      'kube-score': [
        'container-resources: CPU limit is not set',
        'container-cpu-requests-equal-limits: CPU requests does not match limits',
        'container-resource-requests-equal-limits: CPU requests does not match limits',
      ],
      checkov: ['CKV_K8S_11'],
      'trivy-configuration': ['KSV-0011'],
    },
    objects: ['*/CronJob/*', '*/Deployment/*', '*/Job/*', '*/StatefulSet/*', '*.yaml'],
    reason:
      'A limit of processor time slows a container down while its node is idle, and a primary that is slowed down may lose its leadership. The requests share a busy node fairly.',
  },
  {
    rules: {
      'kube-score': [
        'container-ephemeral-storage-request-equals-limit: Ephemeral Storage request does not match limit',
      ],
    },
    objects: ['*/CronJob/*', '*/Deployment/*', '*/Job/*', '*/StatefulSet/*'],
    reason:
      'The request is what a pod usually needs of the disk of its node. The limit is far above it, because it evicts the pod.',
  },
  {
    rules: { 'kube-score': ['container-image-pull-policy: ImagePullPolicy is not set to Always'] },
    objects: ['*/CronJob/*', '*/Deployment/*', '*/Job/*', '*/StatefulSet/*'],
    reason:
      'A digest always means the same image, so a node that has it need not ask for it. A pod then starts even while the registry is down. No registry has the local images of dev.',
  },
  {
    rules: { checkov: ['CKV_K8S_15', 'CKV_K8S_43'] },
    objects: ['dev/CronJob/*', 'dev/Deployment/*', 'dev/Job/*', 'dev/StatefulSet/*'],
    reason:
      'The images of dev are built on the machine of the developer and loaded into its cluster: they have no digest, and nothing to pull them from.',
  },
  {
    rules: { checkov: ['CKV_K8S_35'], 'kube-linter': ['read-secret-from-env-var', 'env-value-from'] },
    objects: [
      '*/StatefulSet/postgres',
      '*/Job/postgres-backup',
      '*/CronJob/postgres-backup-*',
      '*/CronJob/postgres-restore*',
    ],
    reason:
      'pgBackRest reads the keys of the object store from variables or from its settings, not from a file of their own (decision 0015). Every other credential is a file. The Secrets are not in Git.',
  },
  {
    rules: { checkov: ['CKV_K8S_38'] },
    objects: [
      '*/StatefulSet/postgres',
      '*/Job/certificates',
      '*/Job/create-credentials',
      '*/CronJob/renew-certificates',
    ],
    reason:
      'These talk to the Kubernetes API: Patroni keeps its leader there, the Jobs create Secrets. Each may do only what its Role names. No other pod has a token.',
  },
  {
    rules: {
      'kube-score': ['pod-probes: Container is missing a livenessProbe'],
      checkov: ['CKV_K8S_8'],
      'kube-linter': ['no-liveness-probe'],
    },
    objects: ['*/StatefulSet/elasticsearch', 'dev/Deployment/web'],
    reason:
      'A node of Elasticsearch that is slow must not be killed: its restart would make the others slower. The development server of dev reloads by itself, and its error page is for the developer.',
  },
  {
    rules: { checkov: ['CKV_K8S_9'], 'kube-linter': ['no-readiness-probe'] },
    objects: ['*/StatefulSet/postgres'],
    reason:
      'This is the container pgbackrest, which serves files to backups. A member whose backups cannot be read must go on serving queries. The container postgres has a readiness probe.',
  },
  {
    rules: { 'kube-score': ['pod-probes-identical: Container has the same readiness and liveness probe'] },
    objects: ['*/Deployment/nginx'],
    reason:
      'Whether nginx answers is all that can be wrong with it. It leaves the Service after 10 s without an answer, and is restarted after 30 s.',
  },
  {
    rules: {
      'kube-score': ['container-security-context-user-group-id: The container running with a low group ID'],
      'trivy-configuration': ['KSV-0021', 'KSV-0116'],
    },
    objects: ['*/StatefulSet/elasticsearch', '*/31-elasticsearch.yaml'],
    reason:
      'The files of the published image belong to group 0, for clusters that choose the user. The user is 10001, who has no privilege.',
  },
  {
    rules: {
      'kube-score': ['service-targets-pod: The services selector does not match any pods'],
      'kube-linter': ['dangling-service'],
    },
    objects: ['*/Service/postgres', '*/Service/postgres-replicas'],
    reason: 'Patroni writes the label `role`, by which these Services find the primary and the replicas.',
  },
  {
    rules: {
      'kube-score': ['cronjob-has-deadline: The CronJob should have startingDeadlineSeconds configured'],
    },
    objects: ['*/CronJob/*'],
    reason:
      'A backup, a restore test or a renewal that was missed is made as soon as it can be, however late. Only one Job of a CronJob runs at a time.',
  },
  {
    rules: { 'kube-score': ['deployment-replicas: Deployment few replicas'] },
    objects: ['dev/Deployment/web', 'staging/Deployment/nginx'],
    reason:
      'dev serves one developer, and staging is for trying a release. The types ask production for two.',
  },
  {
    rules: {
      'kube-score': ['deployment-strategy: Deployment update strategy'],
      'kube-linter': ['no-rolling-update-strategy'],
    },
    objects: ['dev/Deployment/web'],
    reason: 'Two development servers for the same source would answer with different versions of it.',
  },
  {
    rules: {
      'kube-score': ['service-type: The service is of type NodePort'],
      'kube-linter': ['exposed-services'],
    },
    objects: ['dev/Service/web'],
    reason: 'kind leads a port of localhost to it. dev has no Ingress, and runs on a local cluster only.',
  },
  {
    rules: { 'kube-linter': ['minimum-three-replicas'] },
    objects: [
      'dev/Deployment/web',
      'dev/StatefulSet/*',
      'staging/Deployment/*',
      'staging/StatefulSet/*',
      'production/Deployment/*',
    ],
    reason:
      'Two pods of web and nginx serve production while one is replaced. Its Postgres and Elasticsearch have three, because they vote.',
  },
  {
    rules: { 'kube-linter': ['no-liveness-probe', 'no-readiness-probe'] },
    objects: ['*/CronJob/*', '*/Job/*'],
    reason: 'A pod that runs to its end serves nobody. The Job tries it again when it fails.',
  },
  {
    rules: { 'kube-linter': ['restart-policy'] },
    objects: ['*/CronJob/*', '*/Deployment/*', '*/Job/*', '*/StatefulSet/*'],
    reason:
      'Always is the default of a server. A Job that gives up keeps each failed pod, with its log, so its pods are never restarted.',
  },
  {
    rules: { 'kube-linter': ['no-rolling-update-strategy'] },
    objects: ['*/StatefulSet/*'],
    reason: 'RollingUpdate is the default of a StatefulSet.',
  },
  {
    rules: { 'kube-linter': ['job-ttl-seconds-after-finished'] },
    objects: ['*/Job/*'],
    reason:
      'A Job that is deleted after its end would run again with the next apply, and with each sync of Argo CD.',
  },
  {
    rules: { 'kube-linter': ['access-to-secrets'], 'trivy-configuration': ['KSV-0113'] },
    objects: [
      '*/RoleBinding/certificates',
      '*/RoleBinding/create-credentials',
      '*/20-create-credentials.yaml',
      '*/21-certificates.yaml',
    ],
    reason:
      'These Jobs make Secrets. They may create any, because Kubernetes cannot restrict that by name, and read and change only their own.',
  },
  {
    rules: { 'kube-linter': ['env-var-secret'] },
    objects: ['*/Deployment/web', '*/Job/migrate', '*/Job/reindex', 'dev/Job/sample-data'],
    reason: 'SECRET_KEY_FILE is the path of the file with the key.',
  },
  {
    rules: { 'kube-linter': ['dnsconfig-options', 'no-node-affinity'] },
    objects: ['*/CronJob/*', '*/Deployment/*', '*/Job/*', '*/StatefulSet/*'],
    reason: 'The settings of the cluster are right for every pod, and every node may run it.',
  },
  {
    rules: { 'kube-linter': ['required-annotation-email', 'required-label-owner'] },
    objects: ['*/CronJob/*', '*/Deployment/*', '*/Job/*', '*/StatefulSet/*'],
    reason: 'One team owns everything here. Every object has the labels that Kubernetes recommends instead.',
  },
  {
    rules: { 'kube-linter': ['sorted-keys'] },
    objects: ['*/ConfigMap/*', '*/ServiceAccount/*'],
    reason: 'cdk8s decides about the order of the keys, which means nothing.',
  },
  {
    rules: { 'trivy-configuration': ['KSV-0048', 'KSV-0049'] },
    objects: ['*/30-postgres.yaml'],
    reason:
      'Patroni keeps its leader in ConfigMaps, and writes the role of a member into the labels of its pod. It may change those by name only; it may create others, because Kubernetes cannot restrict that by name.',
  },
  {
    rules: { 'trivy-configuration': ['KSV-0109', 'KSV-01010'] },
    objects: ['*/30-postgres.yaml', '*/31-elasticsearch.yaml'],
    reason:
      'These are names of settings. Their values are paths of files, which Secrets and volumes in memory hold, and names of users.',
  },
  {
    rules: { 'trivy-configuration': ['KSV-0125'] },
    objects: ['*.yaml'],
    reason:
      'The images come from ghcr.io, where CI publishes and signs them, and from docker.elastic.co, by digest. trivy trusts the registries of some clouds only.',
  },
];
