using System.Text;
using OrleansBroker.Grains.Access;

namespace OrleansBroker.Silo.Passwords;

/// <summary>
/// The command <c>hash-password</c>: reads a password from the input and writes what stands for it in a configuration. Never from the
/// command line, which other users of the machine can see and shells remember.
/// </summary>
internal static class HashPassword
{
    /// <summary>The command's name.</summary>
    public const string Command = "hash-password";

    /// <summary>Runs it.</summary>
    /// <returns>The exit code: 0, or 1 where there was no password.</returns>
    public static int Run()
    {
        if (!Console.IsInputRedirected)
        {
            Console.Error.Write("Password: ");
        }

        var password = Console.IsInputRedirected ? Console.In.ReadLine() : ReadUnseen();
        if (string.IsNullOrEmpty(password))
        {
            Console.Error.WriteLine($"{Command} reads the password from its input, one line that is not empty.");
            return 1;
        }

        Console.WriteLine(PasswordHash.Create(password));
        return 0;
    }

    private static string ReadUnseen()
    {
        var password = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key != ConsoleKey.Backspace)
            {
                password.Append(key.KeyChar);
            }
            else if (password.Length > 0)
            {
                password.Length--;
            }
        }

        Console.Error.WriteLine();
        return password.ToString();
    }
}
