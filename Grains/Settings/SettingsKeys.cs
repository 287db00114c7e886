namespace OrleansBroker.Grains.Settings;

/// <summary>
/// Keys of the rows that every silo holds in memory: <c>setting LF kind LF ...</c>, so that one scan reads them all. No name contains LF.
/// </summary>
internal static class SettingsKeys
{
    public const string All = "setting\n";
    public const string Users = All + UserKind + "\n";

    /// <summary>Written with the first user of all: the guest is made once, and stays away when it was deleted.</summary>
    public const string Seeded = "seeded-guest";

    public const string UserKind = "user";
    public const string PermissionKind = "permission";
    public const string TopicPermissionKind = "topic-permission";
    public const string VirtualHostKind = "vhost";
    public const string PolicyKind = "policy";
    public const string OperatorPolicyKind = "operator-policy";

    public static string User(string name) => Users + name;

    public static string PermissionsOf(string user) => $"{All}{PermissionKind}\n{user}\n";

    public static string Permission(string user, string virtualHost) => PermissionsOf(user) + virtualHost;

    public static string TopicPermissionsOf(string user) => $"{All}{TopicPermissionKind}\n{user}\n";

    public static string TopicPermissions(string user, string virtualHost) => $"{TopicPermissionsOf(user)}{virtualHost}\n";

    public static string TopicPermission(string user, string virtualHost, string exchange) => TopicPermissions(user, virtualHost) + exchange;

    public static string VirtualHost(string name) => $"{All}{VirtualHostKind}\n{name}";

    public static string Policies(string kind, string virtualHost) => $"{All}{kind}\n{virtualHost}\n";

    public static string Policy(string kind, string virtualHost, string name) => Policies(kind, virtualHost) + name;

    /// <summary>The kind and the names in a key.</summary>
    public static string[] Parts(string key) => key[All.Length..].Split('\n');
}
