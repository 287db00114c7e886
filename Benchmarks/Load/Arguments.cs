using System.Globalization;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>Options of the form <c>--name value</c>.</summary>
internal sealed class Arguments(string[] args)
{
    public int Number(string name, int otherwise) =>
        Text(name) is { } text ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;

    public string? Text(string name)
    {
        var at = Array.IndexOf(args, "--" + name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }

    public bool Has(string name) => Array.IndexOf(args, "--" + name) >= 0;
}
