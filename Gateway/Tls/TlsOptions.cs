using System.ComponentModel.DataAnnotations;

namespace OrleansBroker.Gateway.Tls;

/// <summary>AMQP over TLS 1.2 and 1.3.</summary>
public sealed class TlsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = GatewayOptions.Section + ":Tls";

    /// <summary>TCP port for AMQP over TLS, on the address of the plain one. Default 5671, which it is registered for.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 5671;

    /// <summary>
    /// File of the server's certificate: PEM, followed by what leads to its authority, or PFX. Default none: the port stays closed.
    /// </summary>
    public string? Certificate { get; set; }

    /// <summary>File of the certificate's key in PEM. Default none: it is in the certificate's file.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>Password of the key or of the PFX file. Default none: they are not encrypted.</summary>
    public string? CertificatePassword { get; set; }

    /// <summary>Whether clients are asked for certificates. Default none: few clients have one, and passwords are safe inside TLS.</summary>
    public ClientCertificates ClientCertificates { get; set; } = ClientCertificates.None;

    /// <summary>
    /// File of the authorities, PEM or DER, whose clients' certificates are accepted. Default none; no other authority counts, not the
    /// system's either, for those certify anybody.
    /// </summary>
    public string? CertificateAuthority { get; set; }

    /// <summary>What of a client's certificate is its user name (SASL EXTERNAL). Default the distinguished name, as RabbitMQ has it.</summary>
    public CertificateUser UserFrom { get; set; } = CertificateUser.DistinguishedName;

    /// <summary>
    /// How often the files are looked at, for those that were replaced to be used for new connections. Default 10 s: reading three small
    /// files costs nothing, and unlike notifications it sees links that are exchanged.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "1.00:00:00")]
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the port is open.</summary>
    public bool IsEnabled => !string.IsNullOrEmpty(Certificate);

    /// <summary>Settings that do not go together, one sentence each; empty where all do.</summary>
    public IEnumerable<string> Contradictions()
    {
        (string Key, bool IsSet)[] dependent =
        [
            (nameof(CertificateKey), CertificateKey is not null),
            (nameof(CertificatePassword), CertificatePassword is not null),
            (nameof(ClientCertificates), ClientCertificates != ClientCertificates.None),
            (nameof(CertificateAuthority), CertificateAuthority is not null),
        ];
        if (!IsEnabled)
        {
            foreach (var (key, _) in dependent.Where(option => option.IsSet))
            {
                yield return $"{Section}:{key} is set; allowed: only with {Section}:{nameof(Certificate)}, without which there is no TLS.";
            }
        }
        else if (ClientCertificates != ClientCertificates.None && string.IsNullOrEmpty(CertificateAuthority))
        {
            yield return $"{Section}:{nameof(ClientCertificates)} is '{ClientCertificates}'; allowed: only with {Section}:{nameof(CertificateAuthority)}, which says whose certificates count.";
        }
        else if (ClientCertificates == ClientCertificates.None && CertificateAuthority is not null)
        {
            yield return $"{Section}:{nameof(CertificateAuthority)} is '{CertificateAuthority}'; allowed: only with {Section}:{nameof(ClientCertificates)} Allowed or Required, else no client is asked for a certificate.";
        }
    }
}

/// <summary>Whether clients are asked for certificates.</summary>
public enum ClientCertificates
{
    /// <summary>They are not asked.</summary>
    None,
    /// <summary>They are asked, and may have none; one that is not accepted ends the connection.</summary>
    Allowed,
    /// <summary>Who has none that is accepted does not get in.</summary>
    Required,
}

/// <summary>What of a client's certificate is its user name.</summary>
public enum CertificateUser
{
    /// <summary>The subject's distinguished name after RFC 4514, such as <c>CN=ada,O=Engines</c>.</summary>
    DistinguishedName,
    /// <summary>The subject's common name, such as <c>ada</c>.</summary>
    CommonName,
}
