using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace OrleansBroker.Management.Metrics;

/// <summary>Writes Prometheus' text format, version 0.0.4, straight to a response. All samples of a family follow its head.</summary>
internal sealed class PrometheusText(PipeWriter output, string prefix = "rabbitmq_")
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    // What waits for the socket at most, about.
    private const long FlushAt = 32 * 1024;

    private long _waiting;
    private string _name = "";

    /// <summary>The same output, for families of another prefix.</summary>
    public PrometheusText WithPrefix(string other) => new(output, other);

    /// <summary>Begins a family.</summary>
    public void Family(string name, string type, string help)
    {
        _name = prefix + name;
        Write($"# TYPE {_name} {type}\n# HELP {_name} {help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\n");
    }

    /// <summary>A family of one sample.</summary>
    public void Single(string name, string type, string help, double value, string labels = "")
    {
        Family(name, type, help);
        Sample(labels, value);
    }

    /// <summary>A sample of the family.</summary>
    /// <param name="labels">As <see cref="Labels"/> makes them; empty for none.</param>
    /// <param name="value">The value.</param>
    /// <param name="suffix">What the name ends with besides, as parts of histograms do.</param>
    public void Sample(string labels, double value, string suffix = "")
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        Write(labels.Length == 0 ? $"{_name}{suffix} {text}\n" : $"{_name}{suffix}{{{labels}}} {text}\n");
    }

    /// <summary>Sends what has gathered, once that is worth it.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_waiting >= FlushAt)
        {
            _waiting = 0;
            await output.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Labels by name and value; those of the values' characters are escaped that have a meaning.</summary>
    public static string Labels(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            var escaped = value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    private void Write(string text) => _waiting += Encoding.UTF8.GetBytes(text, output);
}
