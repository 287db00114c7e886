using k8s;
using k8s.Models;
using OrleansBroker.Tests.Architecture;

namespace OrleansBroker.Tests.Deployment;

/// <summary>
/// An overlay of <c>deploy/kubernetes</c> with all that it takes in. Every document is read strictly into the type of Kubernetes' API that it
/// names: a field that the type does not have, or one of another kind, fails. The kustomizations have a namespace and resources alone, so
/// that there is nothing to be patched.
/// </summary>
internal sealed class Manifests
{
    private Manifests(IReadOnlyList<object> all) => All = all;

    public static IReadOnlyList<string> Overlays { get; } = ["single", "cluster"];

    public IReadOnlyList<object> All { get; }

    /// <summary>The pods of the overlay's one workload.</summary>
    public V1PodTemplateSpec Pods => All.OfType<V1StatefulSet>().Select(set => set.Spec.Template)
        .Concat(All.OfType<V1Deployment>().Select(deployment => deployment.Spec.Template)).Single();

    public V1Container Container => Assert.Single(Pods.Spec.Containers);

    public static Manifests Read(string overlay) => new([.. Resources($"deploy/kubernetes/{overlay}")]);

    private static IEnumerable<object> Resources(string folder)
    {
        var kustomization = KubernetesYaml.Deserialize<Dictionary<string, object>>(Repository.Read($"{folder}/kustomization.yaml"));
        Assert.Empty(kustomization.Keys.Except(["apiVersion", "kind", "namespace", "resources"]));
        foreach (var resource in (IEnumerable<object>)kustomization["resources"])
        {
            var path = Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, folder, $"{resource}")));
            var found = Directory.Exists(Path.Combine(Repository.Root, path))
                ? Resources(path)
                : KubernetesYaml.LoadAllFromString(Repository.Read(path), strict: true);
            foreach (var document in found)
            {
                yield return document;
            }
        }
    }
}
