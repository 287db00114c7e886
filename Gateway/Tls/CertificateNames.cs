using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace OrleansBroker.Gateway.Tls;

/// <summary>The user name in a client's certificate, spelled as RabbitMQ spells it, so that users keep their names.</summary>
internal static class CertificateNames
{
    private const string CommonName = "2.5.4.3";

    /// <summary>The user; null where the certificate names none.</summary>
    public static string? UserOf(X509Certificate2 certificate, CertificateUser from)
    {
        try
        {
            var name = from == CertificateUser.CommonName ? CommonNameOf(certificate.SubjectName) : DistinguishedNameOf(certificate.SubjectName);
            return name.Length > 0 ? name : null;
        }
        catch (CryptographicException)
        {
            // A subject that cannot be read, or of a form that nobody issues, is nobody's name.
            return null;
        }
    }

    private static string CommonNameOf(X500DistinguishedName subject) => string.Join(
        ',',
        subject.EnumerateRelativeDistinguishedNames(reversed: false)
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
            .Select(part => part.GetSingleElementValue()));

    // RFC 4514: the last part first.
    private static string DistinguishedNameOf(X500DistinguishedName subject) => string.Join(
        ',',
        subject.EnumerateRelativeDistinguishedNames(reversed: true)
            .Select(part => $"{NameOf(part.GetSingleElementType())}={Escape(part.GetSingleElementValue() ?? "")}"));

    private static string NameOf(Oid type) => type.Value switch
    {
        CommonName => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "TITLE",
        "2.5.4.42" => "GIVENNAME",
        "2.5.4.43" => "INITIALS",
        "2.5.4.44" => "GENERATIONQUALIFIER",
        "2.5.4.65" => "PSEUDONYM",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "EMAILADDRESS",
        var other => other!,
    };

    private static string Escape(string value)
    {
        var escaped = new StringBuilder();
        var octets = Encoding.UTF8.GetBytes(value);
        for (var i = 0; i < octets.Length; i++)
        {
            var c = (char)octets[i];
            var isEdge = (i == 0 && c is ' ' or '#') || (i == octets.Length - 1 && c == ' ');
            if (c is < ' ' or >= '~')
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\{(int)c:X2}");
            }
            else
            {
                escaped.Append(isEdge || "\"+,;<>\\".Contains(c, StringComparison.Ordinal) ? "\\" : "").Append(c);
            }
        }

        return escaped.ToString();
    }
}
