namespace OrleansBroker.Gateway.Tls;

/// <summary>What is in the files that the options name.</summary>
internal sealed record TlsFiles(ReadOnlyMemory<byte> Certificate, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Authority)
{
    // A chain of certificates has some kilobytes; the cap is there for a path that is a mistake.
    private const long Largest = 1024 * 1024;

    /// <summary>Reads them; null, and a sentence, where one cannot be read.</summary>
    public static TlsFiles? Read(TlsOptions options, out string? problem)
    {
        var certificate = Read(nameof(options.Certificate), options.Certificate!, out problem);
        var key = problem is null && options.CertificateKey is { } keyPath ? Read(nameof(options.CertificateKey), keyPath, out problem) : null;
        var authority = problem is null && options.CertificateAuthority is { } authorityPath
            ? Read(nameof(options.CertificateAuthority), authorityPath, out problem)
            : null;
        return problem is null ? new TlsFiles(certificate!.Value, key, authority) : null;
    }

    /// <summary>Whether there is the same in them.</summary>
    public bool HasSame(TlsFiles other) =>
        Same(Certificate, other.Certificate) && Same(Key, other.Key) && Same(Authority, other.Authority);

    private static bool Same(ReadOnlyMemory<byte>? one, ReadOnlyMemory<byte>? other) =>
        one.GetValueOrDefault().Span.SequenceEqual(other.GetValueOrDefault().Span);

    private static ReadOnlyMemory<byte>? Read(string key, string path, out string? problem)
    {
        problem = null;
        var what = $"{TlsOptions.Section}:{key} is '{path}'; allowed: the path of a file that can be read";
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > Largest)
            {
                problem = $"{what} and has no more than {Largest} octets; this one has {file.Length}.";
                return null;
            }

            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = $"{what}: {failure.Message}";
            return null;
        }
    }
}
