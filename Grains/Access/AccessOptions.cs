using System.ComponentModel.DataAnnotations;

namespace OrleansBroker.Grains.Access;

/// <summary>Users and their permissions as configuration has them.</summary>
public sealed class AccessOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Broker:Access";

    /// <summary>
    /// Users by name, who are as is said here, whatever is stored under their names. Default none: then a first start stores
    /// <see cref="DefaultUser"/>.
    /// </summary>
    public Dictionary<string, UserOptions> Users { get; init; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Name of the administrator whom a first start without configured users stores, with all permissions. Default <c>guest</c>, as
    /// RabbitMQ has it.
    /// </summary>
    [Required]
    public string DefaultUser { get; set; } = "guest";

    /// <summary>That user's password. Default <c>guest</c>, as RabbitMQ has it.</summary>
    [Required]
    public string DefaultPassword { get; set; } = "guest";

    /// <summary>
    /// Names, parted by commas, of stored users who may come from this machine only. Default <c>guest</c>, whose password everybody knows;
    /// empty: none.
    /// </summary>
    public string LoopbackUsers { get; set; } = "guest";

    internal IReadOnlyList<string> LoopbackUserNames =>
        LoopbackUsers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>A user.</summary>
public sealed class UserOptions
{
    /// <summary>The password in plain text; for development. Default none.</summary>
    public string? Password { get; set; }

    /// <summary>
    /// The password's hash as <see cref="PasswordHash.Create(string)"/> makes it, or one of RabbitMQ's after its algorithm's name and <c>$</c>;
    /// counts before <see cref="Password"/>. Default none.
    /// </summary>
    public string? PasswordHash { get; set; }

    /// <summary>The user's tags, parted by commas: <c>administrator</c>, <c>impersonator</c> and the like. Default none.</summary>
    public string? Tags { get; set; }

    /// <summary>Whether the user may come from this machine only. Default false.</summary>
    public bool LoopbackOnly { get; set; }

    /// <summary>Permissions by virtual host; <c>*</c> stands for every virtual host that is not named. Default none: no access.</summary>
    public Dictionary<string, PermissionOptions> Permissions { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>A user's permissions in a virtual host: regular expressions that a name must contain a match of, as RabbitMQ has it.</summary>
public sealed class PermissionOptions
{
    /// <summary>What may be created and deleted. Default <c>.*</c>: all.</summary>
    public string Configure { get; set; } = ".*";

    /// <summary>What may be published to or bound. Default <c>.*</c>: all.</summary>
    public string Write { get; set; } = ".*";

    /// <summary>What may be consumed or bound from. Default <c>.*</c>: all.</summary>
    public string Read { get; set; } = ".*";
}
