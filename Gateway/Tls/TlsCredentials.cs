using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace OrleansBroker.Gateway.Tls;

/// <summary>A certificate with its key, and the authorities of clients, as they were in the files at one moment.</summary>
internal sealed class TlsCredentials
{
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly SslStreamCertificateContext _context;
    private readonly X509Certificate2Collection _authorities;
    private readonly ClientCertificates _clients;

    private TlsCredentials(X509Certificate2 certificate, X509Certificate2Collection chain, X509Certificate2Collection authorities, ClientCertificates clients)
    {
        Certificate = certificate;
        _authorities = authorities;
        _clients = clients;
        // Offline: nothing is fetched from addresses that a certificate names.
        _context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>The server's certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes them of the files; null, and a sentence, where they are not what they should be.</summary>
    public static TlsCredentials? Of(TlsFiles files, TlsOptions options, out string? problem)
    {
        var key = nameof(options.Certificate);
        var allowed = "a certificate in PEM or PFX";
        try
        {
            X509Certificate2Collection chain = [];
            X509Certificate2 certificate;
            if (IsPem(files.Certificate.Span))
            {
                chain.ImportFromPem(Text(files.Certificate));
                key = options.CertificateKey is null ? key : nameof(options.CertificateKey);
                allowed = "a PEM file with the certificate's private key; where it is encrypted, CertificatePassword has to be its password";
                certificate = WithKey(Text(files.Certificate), Text(files.Key ?? files.Certificate), options.CertificatePassword);
            }
            else
            {
                allowed = "a certificate in PEM, or a PFX file with its private key that CertificatePassword opens";
                chain = X509CertificateLoader.LoadPkcs12Collection(files.Certificate.ToArray(), options.CertificatePassword);
                certificate = chain.FirstOrDefault(one => one.HasPrivateKey) ?? throw new CryptographicException("There is no private key in it.");
            }

            key = nameof(options.CertificateAuthority);
            allowed = "one or more certificates of authorities in PEM, or one in DER";
            var authorities = files.Authority is { } authority ? Authorities(authority) : [];
            problem = null;
            return new TlsCredentials(certificate, chain, authorities, options.ClientCertificates);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            var path = key == nameof(options.CertificateKey) ? options.CertificateKey
                : key == nameof(options.CertificateAuthority) ? options.CertificateAuthority
                : options.Certificate;
            problem = $"{TlsOptions.Section}:{key} is '{path}'; allowed: {allowed}. {failure.Message}";
            return null;
        }
    }

    /// <summary>How a client is met.</summary>
    public SslServerAuthenticationOptions ServerOptions() => new()
    {
        ServerCertificateContext = _context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = _clients != ClientCertificates.None,
        CertificateChainPolicy = _clients == ClientCertificates.None ? null : ClientPolicy(),
        RemoteCertificateValidationCallback = _clients != ClientCertificates.Allowed
            ? null
            : static (_, certificate, _, errors) => certificate is null || errors == SslPolicyErrors.None,
        // A client could make the server work by asking for one handshake after the other.
        AllowRenegotiation = false,
    };

    private X509ChainPolicy ClientPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new Oid(ForClients) },
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    private static bool IsPem(ReadOnlySpan<byte> file) => file.IndexOf("-----BEGIN "u8) >= 0;

    private static string Text(ReadOnlyMemory<byte> file) => Encoding.UTF8.GetString(file.Span);

    private static X509Certificate2 WithKey(string certificate, string key, string? password)
    {
        var isEncrypted = key.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal);
        if (isEncrypted && password is null)
        {
            throw new CryptographicException("It is encrypted, and there is no password.");
        }

        var pair = isEncrypted
            ? X509Certificate2.CreateFromEncryptedPem(certificate, key, password)
            : X509Certificate2.CreateFromPem(certificate, key);
        // Windows' TLS takes no key that is in memory only.
        return OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null) : pair;
    }

    private static X509Certificate2Collection Authorities(ReadOnlyMemory<byte> file)
    {
        X509Certificate2Collection authorities = [];
        if (IsPem(file.Span))
        {
            authorities.ImportFromPem(Text(file));
        }
        else
        {
            authorities.Add(X509CertificateLoader.LoadCertificate(file.Span));
        }

        return authorities.Count > 0 ? authorities : throw new CryptographicException("There is no certificate in it.");
    }
}
