using System.Net.Sockets;
using System.Text.Json;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.CommandLine.Invocations;

/// <summary>Failures that a user can do something about, as one line each. Any other exception is a fault of the tool and shows itself.</summary>
internal static class ExpectedFailures
{
    /// <summary>What to tell the user, or null when the exception is not of this kind.</summary>
    public static string? Describe(Exception exception, Target? target) => exception switch
    {
        CommandFailure failure => failure.Message,
        HttpRequestException or TaskCanceledException { InnerException: TimeoutException } =>
            $"The HTTP API at {target?.Url} cannot be reached: {Innermost(exception)}",
        BrokerUnreachableException { InnerException: AuthenticationFailureException or PossibleAuthenticationFailureException } =>
            $"{target?.Amqp} refused user '{target?.User}': the name or the password is wrong, or the user may not log in from here.",
        BrokerUnreachableException { InnerException: OperationInterruptedException refused } => Refusal(refused),
        BrokerUnreachableException => $"{target?.Amqp} cannot be reached: {Innermost(exception)}",
        OperationInterruptedException interrupted => Refusal(interrupted),
        TimeoutException => "The broker did not answer in time.",
        JsonException json => $"This is no JSON: {json.Message}",
        UnauthorizedAccessException or IOException or SocketException => exception.Message,
        _ => null,
    };

    private static string Refusal(OperationInterruptedException exception) =>
        exception.ShutdownReason is { } reason ? $"{reason.ReplyText} ({reason.ReplyCode})" : exception.Message;

    private static string Innermost(Exception exception) => exception.GetBaseException().Message;
}
