using k8s;
using k8s.Models;
using OrleansBroker.Silo.Configuration;
using OrleansBroker.Tests.Architecture;

namespace OrleansBroker.Tests.Deployment;

/// <summary>The manifests fit Kubernetes' types, each other, and the broker.</summary>
public class KubernetesTests
{
    private static readonly ServerOptions Defaults = new();

    public static TheoryData<string> Overlays => [.. Manifests.Overlays];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_selector_finds_the_silos(string overlay)
    {
        var manifests = Manifests.Read(overlay);
        var selectors = manifests.All.OfType<V1Service>().Select(service => service.Spec.Selector)
            .Concat(manifests.All.OfType<V1NetworkPolicy>().Select(policy => policy.Spec.PodSelector.MatchLabels))
            .Concat(manifests.All.OfType<V1PodDisruptionBudget>().Select(budget => budget.Spec.Selector.MatchLabels))
            .Concat(manifests.All.OfType<V1Deployment>().Select(deployment => deployment.Spec.Selector.MatchLabels))
            .Concat(manifests.All.OfType<V1StatefulSet>().Select(set => set.Spec.Selector.MatchLabels))
            .ToList();
        Assert.True(selectors.Count >= 4);
        Assert.All(selectors, selector => Assert.All(selector, label => Assert.Equal(label.Value, manifests.Pods.Metadata.Labels[label.Key])));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Ports_are_those_that_the_broker_listens_on(string overlay)
    {
        var manifests = Manifests.Read(overlay);
        var ports = manifests.Container.Ports.ToDictionary(port => port.Name, port => port.ContainerPort);
        Assert.Equal(Defaults.Amqp.Port, ports["amqp"]);
        Assert.Equal(Defaults.Management.Port, ports["http"]);
        Assert.Equal(Defaults.Silo.Port, ports["silo"]);
        Assert.Equal(Defaults.Silo.GatewayPort, ports["gateway"]);
        Assert.All(
            manifests.All.OfType<V1Service>().SelectMany(service => service.Spec.Ports),
            port => Assert.Equal(port.Port, ports[port.TargetPort.Value]));
        Assert.Single(manifests.All.OfType<V1Service>(), service => service.Spec.ClusterIP == "None");
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Probes_ask_where_the_broker_answers(string overlay)
    {
        var container = Manifests.Read(overlay).Container;
        var health = Repository.Read("Silo/Health/HealthEndpoints.cs");
        Assert.All(
            [container.StartupProbe, container.ReadinessProbe, container.LivenessProbe],
            probe => Assert.Contains($"MapHealthChecks(\"{probe.HttpGet.Path}\"", health));
        Assert.Equal("/health/ready", container.ReadinessProbe.HttpGet.Path);
        Assert.Equal("/health/live", container.LivenessProbe.HttpGet.Path);
        Assert.All([container.StartupProbe, container.ReadinessProbe, container.LivenessProbe], probe => Assert.Equal("http", probe.HttpGet.Port.Value));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_has_time_to_drain(string overlay)
    {
        var manifests = Manifests.Read(overlay);
        var command = manifests.Container.Lifecycle.PreStop.Exec.Command;
        Assert.Equal("sleep", command[0]);
        Assert.True(manifests.Pods.Spec.TerminationGracePeriodSeconds > int.Parse(command[1], null) + Defaults.Silo.DrainTimeout.TotalSeconds);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_silo_has_no_rights_on_its_node(string overlay)
    {
        var manifests = Manifests.Read(overlay);
        Assert.True(manifests.Pods.Spec.SecurityContext.RunAsNonRoot);
        Assert.NotEqual(0, manifests.Pods.Spec.SecurityContext.RunAsUser);
        Assert.True(manifests.Container.SecurityContext.ReadOnlyRootFilesystem);
        Assert.False(manifests.Container.SecurityContext.AllowPrivilegeEscalation);
        Assert.Equal(["ALL"], manifests.Container.SecurityContext.Capabilities.Drop);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Silo_ports_are_open_to_silos_only(string overlay)
    {
        var manifests = Manifests.Read(overlay);
        var policy = Assert.Single(manifests.All.OfType<V1NetworkPolicy>());
        Assert.Equal(["Ingress"], policy.Spec.PolicyTypes);
        var silos = manifests.Pods.Metadata.Labels["app.kubernetes.io/name"];
        foreach (var rule in policy.Spec.Ingress)
        {
            // Without ports a rule is for all of them.
            var ports = rule.Ports.Select(port => port.Port.Value).ToList();
            if (ports.Contains("silo"))
            {
                Assert.Equal(silos, Assert.Single(rule.FromProperty).PodSelector.MatchLabels["app.kubernetes.io/name"]);
            }

            Assert.True(!ports.Contains("gateway") || rule.FromProperty?.All(peer => peer.PodSelector.MatchLabels.Count > 0) == true);
            Assert.All(ports, port => Assert.Contains(manifests.Container.Ports, open => open.Name == port));
        }

        Assert.Contains(policy.Spec.Ingress, rule => rule.Ports.Any(port => port.Port.Value == "silo"));
    }

    [Fact]
    public void Silos_of_a_cluster_have_what_Orleans_hosting_asks_for()
    {
        var cluster = Manifests.Read("cluster");
        var variables = cluster.Container.Env.ToDictionary(variable => variable.Name, variable => variable.ValueFrom?.FieldRef?.FieldPath);
        Assert.Equal("metadata.name", variables["POD_NAME"]);
        Assert.Equal("metadata.namespace", variables["POD_NAMESPACE"]);
        Assert.Equal("status.podIP", variables["POD_IP"]);
        Assert.Equal("metadata.labels['orleans/serviceId']", variables["ORLEANS_SERVICE_ID"]);
        Assert.Equal("metadata.labels['orleans/clusterId']", variables["ORLEANS_CLUSTER_ID"]);
        Assert.Equal(Defaults.Cluster.ServiceId, cluster.Pods.Metadata.Labels["orleans/serviceId"]);
        Assert.Equal(Defaults.Cluster.Id, cluster.Pods.Metadata.Labels["orleans/clusterId"]);

        var rule = Assert.Single(Assert.Single(cluster.All.OfType<V1Role>()).Rules);
        Assert.Equal(["pods"], rule.Resources);
        Assert.Equal(["get", "list", "patch", "watch"], rule.Verbs.Order(StringComparer.Ordinal));
        var binding = Assert.Single(cluster.All.OfType<V1RoleBinding>());
        Assert.Equal(cluster.All.OfType<V1Role>().Single().Metadata.Name, binding.RoleRef.Name);
        Assert.Equal(cluster.Pods.Spec.ServiceAccountName, Assert.Single(binding.Subjects).Name);
        Assert.Equal(cluster.Pods.Spec.ServiceAccountName, Assert.Single(cluster.All.OfType<V1ServiceAccount>()).Metadata.Name);
    }

    [Fact]
    public void A_single_silo_has_a_disk_where_the_image_keeps_its_data_and_a_service_that_names_it()
    {
        var single = Manifests.Read("single");
        var set = Assert.Single(single.All.OfType<V1StatefulSet>());
        Assert.Equal(1, set.Spec.Replicas);
        Assert.Contains(single.All.OfType<V1Service>(), service => service.Metadata.Name == set.Spec.ServiceName && service.Spec.ClusterIP == "None");
        var mount = Assert.Single(single.Container.VolumeMounts);
        Assert.Equal(mount.Name, Assert.Single(set.Spec.VolumeClaimTemplates).Metadata.Name);
        Assert.StartsWith($"{mount.MountPath}/", Image.Environment["Broker__Store__Path"], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_silo_is_given_settings_that_it_takes(string overlay)
    {
        var container = Manifests.Read(overlay).Container;
        Assert.Equal($"orleansbroker:{Image.Version}", container.Image);
        var fixedValues = container.Env.Where(variable => variable.ValueFrom is null).ToDictionary(variable => variable.Name, variable => variable.Value);

        // Values of secrets are not known here; any connection string stands for the one of PostgreSQL.
        var secrets = container.Env.Where(variable => variable.ValueFrom?.SecretKeyRef is not null).ToDictionary(variable => variable.Name, _ => "Host=db");
        Assert.Empty(Image.Problems(fixedValues.Concat(secrets)));
    }

    [Fact]
    public void What_is_no_field_of_Kubernetes_is_found()
    {
        var text = Repository.Read("deploy/kubernetes/base/service.yaml").Replace("targetPort: amqp", "targetPrt: amqp", StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString(text, strict: true));
    }
}
